"""The machines that Debian has cross compilers for, as the suites name them."""

# The prefix of the cross compiler, and the peer.
MACHINES = {
    "aarch64": ("aarch64-linux-gnu", "qemu-aarch64"),
    "armhf": ("arm-linux-gnueabihf", "qemu-arm"),
    "armel": ("arm-linux-gnueabi", "qemu-arm"),
    "mips": ("mips-linux-gnu", "qemu-mips"),
    "mipsel": ("mipsel-linux-gnu", "qemu-mipsel"),
    "mips64": ("mips64-linux-gnuabi64", "qemu-mips64"),
    "mips64el": ("mips64el-linux-gnuabi64", "qemu-mips64el"),
    "powerpc": ("powerpc-linux-gnu", "qemu-ppc"),
    "powerpc64": ("powerpc64-linux-gnu", "qemu-ppc64"),
    "powerpc64le": ("powerpc64le-linux-gnu", "qemu-ppc64le"),
    "sparc64": ("sparc64-linux-gnu", "qemu-sparc64"),
}
