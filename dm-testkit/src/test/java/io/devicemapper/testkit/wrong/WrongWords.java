package io.devicemapper.testkit.wrong;

import io.devicemapper.block.ExtentType;
import io.devicemapper.block.ExtentVisitor;
import io.devicemapper.target.DeviceMode;
import io.devicemapper.target.DeviceVisitor;
import io.devicemapper.target.DmTarget;
import io.devicemapper.target.StatusType;
import io.devicemapper.target.TargetArgs;
import io.devicemapper.target.TargetException;
import io.devicemapper.target.Version;
import java.io.IOException;

/** Targets that read their arguments, or tell of themselves, wrongly. */
final class WrongWords {
    private WrongWords() {}

    /** Takes the start from nowhere. */
    public static class ArgumentIgnored extends JoinTarget {
        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            Join join = super.ctr(ti, args);
            return new Join(join.first(), join.second(), 0, join.half());
        }
    }

    /** Does not look at what is left over. */
    public static class SurplusArgumentTaken extends JoinTarget {
        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            Join join = super.ctr(ti, args.take(3));
            args.rest();
            return join;
        }
    }

    /** Has a default that makes an argument useless. */
    public static class ArgumentThatDoesNotMatter extends JoinTarget {
        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            TargetArgs devices = args.take(2);
            long startSector = args.hasNext() ? args.sector("start") : 67;
            settings(ti);
            return new Join(devices.device("dev"), devices.device("dev"), startSector, ti.len() / 2);
        }
    }

    /** Reads numbers without looking. */
    public static class NumberFormatThrown extends JoinTarget {
        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            args.expectCount(3, "<dev> <dev> <start>");
            TargetArgs devices = args.take(2);
            long startSector = Long.parseLong(args.next("start"));
            settings(ti);
            return new Join(devices.device("dev"), devices.device("dev"), startSector, ti.len() / 2);
        }
    }

    /** Says no with a whole report. */
    public static class RefusalOfManyLines extends JoinTarget {
        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            if (args.size() != 3) {
                throw new TargetException("usage:\n  join <dev> <dev> <start>");
            }
            return super.ctr(ti, args);
        }
    }

    /** Starts its thread before it looks at the arguments. */
    public static class ThreadLeftByFailedCtr extends JoinTarget {
        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            Thread helper = WrongLeftovers.startHelper();
            Join join = super.ctr(ti, args);
            helper.interrupt();
            return join;
        }
    }

    /** Claims for writing whatever the table says. */
    public static class WritesInReadOnlyTable extends JoinTarget {
        @Override
        public Join ctr(DmTarget<Join> ti, TargetArgs args) throws TargetException {
            args.expectCount(3, "<dev> <dev> <start>");
            TargetArgs devices = args.take(2);
            long startSector = args.sector("start");
            settings(ti);
            return new Join(
                    devices.device("dev", DeviceMode.READ_WRITE),
                    devices.device("dev", DeviceMode.READ_WRITE),
                    startSector,
                    ti.len() / 2);
        }
    }

    /** TABLE tells another start. */
    public static class StatusLies extends JoinTarget {
        @Override
        public String status(DmTarget<Join> ti, StatusType type) {
            Join join = ti.state();
            return type == StatusType.INFO
                    ? ""
                    : join.first().tableName() + " " + join.second().tableName() + " " + (join.startSector() + 1);
        }
    }

    /** TABLE forgets the start. */
    public static class StatusForgetsAnArgument extends JoinTarget {
        @Override
        public String status(DmTarget<Join> ti, StatusType type) {
            Join join = ti.state();
            return type == StatusType.INFO
                    ? ""
                    : join.first().tableName() + " " + join.second().tableName();
        }
    }

    /** TABLE tells names as they are, blanks and all. */
    public static class StatusDoesNotEscape extends JoinTarget {
        @Override
        public String status(DmTarget<Join> ti, StatusType type) {
            Join join = ti.state();
            return type == StatusType.INFO
                    ? ""
                    : join.first().name() + " " + join.second().name() + " " + join.startSector();
        }
    }

    /** INFO is a report. */
    public static class StatusOfTwoLines extends JoinTarget {
        @Override
        public String status(DmTarget<Join> ti, StatusType type) {
            return type == StatusType.INFO ? "all\nwell" : super.status(ti, type);
        }
    }

    /** INFO throws. */
    public static class StatusThrows extends JoinTarget {
        @Override
        public String status(DmTarget<Join> ti, StatusType type) {
            if (type == StatusType.INFO) {
                throw new IllegalStateException("no news");
            }
            return super.status(ti, type);
        }
    }

    /** Understands every message. */
    public static class MessageAcceptsAnything extends JoinTarget {
        @Override
        public String message(DmTarget<Join> ti, TargetArgs args) {
            args.rest();
            return "ok";
        }
    }

    /** Trips over messages. */
    public static class MessageThrows extends JoinTarget {
        @Override
        public String message(DmTarget<Join> ti, TargetArgs args) {
            throw new UnsupportedOperationException("messages");
        }
    }

    /** Shows areas that it does not use. */
    public static class AreasWithoutStart extends JoinTarget {
        @Override
        public void iterateDevices(DmTarget<Join> ti, DeviceVisitor visitor) {
            visitor.visit(ti.state().first(), 0, ti.state().half());
            visitor.visit(ti.state().second(), 0, ti.state().half());
        }
    }

    /** Shows one of two devices. */
    public static class AreaOfOneDevice extends JoinTarget {
        @Override
        public void iterateDevices(DmTarget<Join> ti, DeviceVisitor visitor) {
            visitor.visit(
                    ti.state().first(), ti.state().startSector(), ti.state().half());
        }
    }

    /** Shows whole devices, so that nobody notices areas that do not fit. */
    public static class AreasNotTold extends JoinTarget {
        @Override
        public void iterateDevices(DmTarget<Join> ti, DeviceVisitor visitor) {
            ti.devices().forEach(dev -> visitor.visit(dev, 0, dev.sectors()));
        }
    }

    /** Takes all for holes. */
    public static class ExtentsAllHoles extends JoinTarget {
        @Override
        public void extents(DmTarget<Join> ti, long sector, long sectors, ExtentVisitor visitor) {
            visitor.visit(sector, sectors, ExtentType.HOLE);
        }
    }

    /** Tells extents in the numbers of its devices. */
    public static class ExtentsNotMoved extends JoinTarget {
        @Override
        public void extents(DmTarget<Join> ti, long sector, long sectors, ExtentVisitor visitor) throws IOException {
            Join join = ti.state();
            join.first().extents(join.startSector() + sector % join.half(), 1, visitor);
        }
    }

    /** Two targets, one name, and it changes. */
    public static class VersionChanges extends JoinTarget {
        private int asked;

        @Override
        public Version version() {
            return new Version(1, asked++, 0);
        }
    }

    /** Names the level of a host that does not exist yet. */
    public static class ApiLevelOfTheFuture extends JoinTarget {
        @Override
        public int apiLevel() {
            return Integer.MAX_VALUE;
        }
    }
}
