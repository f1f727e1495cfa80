/** Where targets get keys from: {@code KeyProvider}. */
package io.devicemapper.key;
