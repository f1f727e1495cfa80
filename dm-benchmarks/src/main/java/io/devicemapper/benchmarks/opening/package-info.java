/** How long a large cache takes to go into service, after a stop in good order and after a crash. */
package io.devicemapper.benchmarks.opening;
