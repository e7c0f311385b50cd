"""The machines of the comparison: how clang builds for them, and what Debian has for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Machine:
    freebsd: str  # clang's targets
    linux: str
    qemu: tuple
    flags: tuple = ()
    linux_flags: tuple = ()
    linker: str = "lld"  # as in -fuse-ld=
    debian: str = ""  # the architecture, if Debian 12 has packages for it
    triple: str = ""  # prefix of the cross compiler of Debian's packages


V6 = ("-mcpu=arm1176jzf-s", "-mfpu=vfp", "-marm")
V7 = ("-mfpu=vfpv3-d16",)
MIPS = ("-mno-abicalls", "-G0", "-mhard-float", "-ftls-model=local-exec")
MIPS32 = ("-march=mips32r2", *MIPS)
MIPS64 = ("-march=mips64r2", *MIPS)

MACHINES = {
    "aarch64": Machine("aarch64-unknown-freebsd12.1", "aarch64-unknown-linux-gnu",
                       ("qemu-aarch64",), debian="arm64", triple="aarch64-linux-gnu"),
    "armv6": Machine("armv6-unknown-freebsd12.1-gnueabihf", "armv6-unknown-linux-gnueabihf",
                     ("qemu-arm", "-cpu", "arm1176"), V6),
    "armv7": Machine("armv7-unknown-freebsd12.1-gnueabihf", "armv7-unknown-linux-gnueabihf",
                     ("qemu-arm",), V7, ("-mthumb",), debian="armhf",
                     triple="arm-linux-gnueabihf"),
    "mips": Machine("mips-unknown-freebsd12.1", "mips-unknown-linux-gnu", ("qemu-mips",), MIPS32),
    "mipsel": Machine("mipsel-unknown-freebsd12.1", "mipsel-unknown-linux-gnu", ("qemu-mipsel",),
                      MIPS32, debian="mipsel", triple="mipsel-linux-gnu"),
    "mips64": Machine("mips64-unknown-freebsd12.1", "mips64-unknown-linux-gnuabi64",
                      ("qemu-mips64",), MIPS64),
    "mips64el": Machine("mips64el-unknown-freebsd12.1", "mips64el-unknown-linux-gnuabi64",
                        ("qemu-mips64el",), MIPS64, debian="mips64el",
                        triple="mips64el-linux-gnuabi64"),
    "powerpc": Machine("powerpc-unknown-freebsd12.1", "powerpc-unknown-linux-gnu", ("qemu-ppc",)),
    # lld knows no function descriptors: ELFv2, as FreeBSD 13 has it.
    "powerpc64": Machine("powerpc64-unknown-freebsd13", "powerpc64-unknown-linux-gnu",
                         ("qemu-ppc64",), linux_flags=("-mabi=elfv2",)),
    "powerpc64le": Machine("powerpc64le-unknown-freebsd13", "powerpc64le-unknown-linux-gnu",
                           ("qemu-ppc64le",), debian="ppc64el", triple="powerpc64le-linux-gnu"),
    "sparc64": Machine("sparc64-unknown-freebsd12.1", "sparc64-unknown-linux-gnu",
                       ("qemu-sparc64",), ("-integrated-as",), linker="sparc64-linux-gnu-ld"),
}
