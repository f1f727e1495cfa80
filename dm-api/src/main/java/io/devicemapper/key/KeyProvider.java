package io.devicemapper.key;

import java.io.IOException;

/**
 * Fetches keys that a table line names instead of holding them: {@code :<bytes>:<type>:<description>}. A target gets all providers by
 * {@link io.devicemapper.target.DmTarget#providers} and asks the one whose {@link #type} the line names. Found by
 * {@link java.util.ServiceLoader}; needs a public constructor without arguments, or a static {@code provider()} method.
 *
 * <p>What an implementation must do:
 *
 * <ul>
 *   <li>Keep no copy of a key, and no String that is one: the caller wipes what it got.
 *   <li>Put nothing of a key into a log or an exception's message.
 *   <li>Work on many threads at once. A call may wait for a disk or a network: it holds up the load or the message that needs the key,
 *       and nothing else.
 * </ul>
 *
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/dm-crypt.html">Linux: dm-crypt, keys</a>
 */
public interface KeyProvider {
    /** The type that a table line names: 1 to 15 characters of {@code a-z 0-9 - _}, beginning with a letter. */
    String type();

    /** The API level that this provider was compiled against: {@code return DmApi.LEVEL;}. One that does not say is of the first. */
    default int apiLevel() {
        return 1;
    }

    /**
     * Fetches a key.
     *
     * @param description what the table line has behind the type's colon, not empty; what it means is the provider's to say
     * @param bytes how long the table line says the key is, at least 1
     * @return the key, exactly so long: a new array, which the caller fills with zeroes when it is no longer needed
     * @throws IOException if there is no such key, or it may not be read or has another length; the message says why in one line,
     *     and names the place. The target crypt shows the message of its own providers alone, of others the class of what they throw:
     *     so the provider logs what its user is to know
     */
    byte[] key(String description, int bytes) throws IOException;
}
