package io.devicemapper.core;

import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import java.nio.file.Path;

/** A message on its way to a target of a device, or to the device itself: see {@link DeviceMapper#message}. */
final class MessageOperation {
    /** Messages that begin with this are for the device. */
    private static final String CORE_PREFIX = "@";

    private final MappedDevice device;
    private final LowerDevices lowerDevices;

    MessageOperation(MappedDevice device, LowerDevices lowerDevices) {
        this.device = device;
        this.lowerDevices = lowerDevices;
    }

    String send(long sector, String message) throws DmException {
        return message.strip().startsWith(CORE_PREFIX) ? toDevice(message.strip()) : toTarget(sector, message);
    }

    private String toTarget(long sector, String message) throws DmException {
        return device.control().interject(() -> {
            LoadedTable live = device.live();
            if (live == null) {
                throw new DmException(DmError.INVALID, device.name() + ": no live table that could take a message");
            }
            if (sector < 0 || sector >= live.sectors()) {
                throw new DmException(
                        DmError.INVALID,
                        device.name() + ": message to sector " + sector + ": expected 0 to " + (live.sectors() - 1));
            }
            TargetSlot<?> slot = live.find(sector);
            Path directory = Path.of("").toAbsolutePath();
            try {
                return slot.calls()
                        .message(TargetArgs.split(
                                message.toCharArray(),
                                live.mode(),
                                (name, mode) -> slot.claimOn(name, lowerDevices.known(name, directory))));
            } catch (TargetException e) {
                throw new DmException(
                        DmError.INVALID, device.name() + ": " + slot.typeName() + ": " + ThrownText.messageOf(e), e);
            }
        });
    }

    private String toDevice(String message) throws DmException {
        if (!message.equals("@cancel_deferred_remove")) {
            throw new DmException(
                    DmError.NOT_SUPPORTED,
                    device.name() + ": message '" + message + "': known: @cancel_deferred_remove");
        }
        if (!device.users().cancelDeferredRemove()) {
            throw new DmException(DmError.BUSY, device.name() + ": the device is being removed");
        }
        return "";
    }
}
