/** The target crypt: encryption below anything, compatible with the kernel's dm-crypt. */
@SuppressWarnings("module") // the benchmarks are no dependency, and are built later
module io.devicemapper.targets.crypt {
    requires io.devicemapper.api;
    // Only for the ciphers that the JDK has not; without it, a table that names one of them is refused.
    requires static org.bouncycastle.provider;

    uses io.devicemapper.key.KeyProvider;

    provides io.devicemapper.key.KeyProvider with
            io.devicemapper.targets.crypt.EnvironmentKeyProvider,
            io.devicemapper.targets.crypt.FileKeyProvider,
            io.devicemapper.targets.crypt.KeyStoreKeyProvider;
    provides io.devicemapper.target.TargetType with
            io.devicemapper.targets.crypt.CryptTarget;

    exports io.devicemapper.targets.crypt to
            io.devicemapper.benchmarks;
}
