"""What Debian's own programs of a machine do: a shell script that starts many short programs, and
gcc and make building a library."""

import os
import shutil
import subprocess
import sys

from machines import MACHINES
from programs import HERE

sys.path.insert(0, str(HERE.parent / "tests" / "suites"))
from debian import Apt, root_with  # noqa: E402

PACKAGES = ["dash", "coreutils", "make", "gcc-12", "libc6-dev"]
ROUNDS = 50  # of storm.sh: ten programs each
SOURCE = "zlib"
# All of libz.a, what takes longest first.
OBJECTS = ["deflate", "inflate", "trees", "crc32", "adler32", "infback", "inffast", "inftrees",
           "compress", "uncompr", "zutil", "gzclose", "gzlib", "gzread", "gzwrite"]
FLAGS = "-O2 -fno-ident"  # Debian's cross compiler has another package version in its name


def runners(args, machine):
    """(root, {kind: command that runs a program of the root})."""
    root = root_with(args.build, MACHINES[machine].debian, PACKAGES)
    # qemu's -L follows absolute links out of the root.
    for link in (root / "lib64").glob("*"):
        if link.is_symlink() and os.readlink(link).startswith("/"):
            target = f"..{os.readlink(link)}"
            link.unlink()
            link.symlink_to(target)
    qemu, *options = MACHINES[machine].qemu
    result = {"emulate": [args.emulate, "-L", root]}
    if shutil.which(qemu):
        result["qemu"] = [shutil.which(qemu), *options, "-L", root]
    return root, {kind: [str(part) for part in command] for kind, command in result.items()}


def shell(args, machine):
    """{kind: command}: native is this machine's own shell with its own programs."""
    root, run = runners(args, machine)
    script = [HERE / "storm.sh", str(max(1, ROUNDS // args.divide))]
    result = {"native": ["/usr/bin/dash", *script, "/usr/bin"]}
    for kind, command in run.items():
        result[kind] = [*command, root / "usr/bin/dash", *script, root / "usr/bin"]
    result.get("qemu", []).extend(run.get("qemu", []))
    return result


def unpacked_source(args, kind, machine):
    """A folder with the configured library, for this kind alone."""
    folder = args.build / machine / f"{SOURCE}-{kind}"
    if not (folder / "Makefile").exists():
        archive = Apt(args.build / "debian" / "source", "amd64").source(SOURCE)
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["tar", "-xf", archive, "-C", folder, "--strip-components=1"], check=True)
        subprocess.run(["./configure", "--static"], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL,
                       env={"PATH": "/usr/bin:/bin", "CC": f"{MACHINES[machine].triple}-gcc-12"})
    return folder


def compiler(args, machine):
    """{kind: command}: native is the cross compiler of the same version and this machine's make."""
    root, run = runners(args, machine)
    bin_folder = root / "usr" / "bin"
    targets = ["libz.a"]
    if args.divide > 1:
        targets = [f"{name}.o" for name in OBJECTS[:max(1, len(OBJECTS) // args.divide)]]

    def make(kind, make_command, tool, wrapper=()):
        tools = {"CC": [*tool("gcc-12"), *wrapper], "AR": tool("ar"), "RANLIB": tool("ranlib")}
        return [*make_command, "-s", "-B", "-C", unpacked_source(args, kind, machine),
                f"CFLAGS={FLAGS}",
                *(f"{name}={' '.join(map(str, words))}" for name, words in tools.items()), *targets]

    result = {"native": make("native", ["/usr/bin/make"],
                             lambda name: [f"{MACHINES[machine].triple}-{name}"])}
    for kind, command in run.items():
        shell_of_make = bin_folder / "dash"
        # What gcc finds beside itself, and where.
        wrapper = [f"--sysroot={root}", f"-B{bin_folder}/"]
        prefix = []
        if kind == "qemu":
            # Everything that make and gcc start must be told to start under qemu.
            prefix = command
            wrapper += ["-wrapper", ",".join(command)]
            shell_of_make = args.build / machine / "shell-under-qemu"
            shell_of_make.write_text(
                f"#!/bin/sh\nexec {' '.join(command)} {bin_folder}/dash \"$@\"\n")
            shell_of_make.chmod(0o755)
        result[kind] = [*make(kind, [*command, bin_folder / "make"],
                              lambda name, p=prefix: [*p, bin_folder / name], wrapper),
                        f"SHELL={shell_of_make}"]
    return result


def check_compiled(args, machine, kinds):
    """All compilers must have made the same object code."""
    folders = {kind: unpacked_source(args, kind, machine) for kind in kinds}
    for name in (file.name for file in folders["emulate"].glob("*.o")):
        made = {(folder / name).read_bytes() for folder in folders.values()}
        if len(made) != 1:
            sys.exit(f"{machine}: {name} is not the same under {', '.join(kinds)}")
