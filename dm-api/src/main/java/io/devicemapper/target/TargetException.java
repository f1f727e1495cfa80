package io.devicemapper.target;

/**
 * Why a target could not be made, could not resume, or refused a message.
 *
 * <p>The message ends the story for the user, who sees it behind the device's name, the table line and the target's name. It
 * begins with the reason in the field's own wording (the kernel's, for a target that the kernel has), and then says which
 * argument it is about, what was expected and what was found. It never holds a key.
 */
public class TargetException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * A reason that is not about one argument.
     *
     * @param reason one line, without the target's name
     */
    public TargetException(String reason) {
        super(reason);
    }

    /**
     * A reason with what caused it.
     *
     * @param reason one line, without the target's name
     * @param cause what led to it
     */
    public TargetException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
