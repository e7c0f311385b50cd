"""The programs of bench/: kernels, hello and storm, built by clang without a libc."""

import shutil
import subprocess
from pathlib import Path

from machines import MACHINES

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parent / "tests" / "guest" / "runtime"
COMMON = ["-std=c11", "-O2", "-ffreestanding", "-fno-stack-protector", "-fno-pic",
          "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", f"-I{HERE}"]
LINK = ["-nostdlib", "-static", "-Wl,-e,_start", "-Wl,--build-id=none", "-Wl,-z,noexecstack"]

# kernel: rounds that take the native program some tenths of a second
KERNELS = {"integer": 1500, "float": 1000, "memory": 250, "calls": 2500, "chase": 60, "mix": 1200,
           "core": 1200}
STORM = 50  # processes


def compile_program(output, target, flags, linker, sources):
    newest = max(Path(s).stat().st_mtime for s in sources)
    if not output.exists() or output.stat().st_mtime < newest:
        output.parent.mkdir(parents=True, exist_ok=True)
        use = f"--ld-path={shutil.which(linker)}" if "-" in linker else f"-fuse-ld={linker}"
        subprocess.run(["clang", f"--target={target}", *COMMON, *flags, *LINK, use, *sources,
                        "-o", output], check=True)
    return output


def build(folder, name, machine, system):
    """The executable of a benchmark for a machine, or for this one if `machine` is "native"."""
    sources = [HERE / f"{name}.c"]
    if name in KERNELS:
        sources = [HERE / "kernels" / f"{name}.c", HERE / "kernels" / "main.c"]
    linux = [*sources, HERE / "platform" / "linux.c", RUNTIME / "memory.c"]
    if machine == "native":
        return compile_program(folder / "native" / name, "x86_64-unknown-linux-gnu", [], "lld",
                               linux)
    m = MACHINES[machine]
    output = folder / machine / system / name
    if system == "linux":
        return compile_program(output, m.linux, [*m.flags, *m.linux_flags, f"-I{RUNTIME}"],
                               m.linker, [*linux, RUNTIME / "builtins.c"])
    runtime = sorted(RUNTIME.glob("*.c"))
    return compile_program(output, m.freebsd, [*m.flags, f"-I{RUNTIME}"], m.linker,
                           [*sources, *runtime, HERE / "platform" / "freebsd.c"])


def commands(args, machine, name):
    """{kind: command} of a benchmark."""
    qemu, *options = MACHINES[machine].qemu
    result = {
        "native": [build(args.build, name, "native", "linux")],
        "emulate": [args.emulate, build(args.build, name, machine, args.system)],
    }
    if shutil.which(qemu):
        result["qemu"] = [qemu, *options, build(args.build, name, machine, "linux")]
    for kind, command in result.items():
        if name in KERNELS:
            command.append(str(max(1, KERNELS[name] // args.divide)))
        elif name == "storm":
            command.append(str(max(1, STORM // args.divide)))
            if kind == "qemu":
                # Its child is started through qemu again: no binfmt_misc needed.
                command.append(shutil.which(qemu))
    return result
