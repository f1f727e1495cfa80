/** The target crypt: encryption below anything, compatible with the kernel's dm-crypt. */
module io.devicemapper.targets.crypt {
    requires io.devicemapper.api;
}
