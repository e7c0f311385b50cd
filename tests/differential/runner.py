"""Runs sequences under emulate and under qemu, and reads the states they leave."""
import pathlib
import struct
import subprocess

PAGE = 4096
LOOPS = 0x80  # driver.h
HERE = pathlib.Path(__file__).resolve().parent


class Layout:
    """The fields of a record, as the driver describes them."""

    def __init__(self, text, order):
        self.order = order
        self.fields = []  # (name, offset, size)
        at = 0
        for part in text.split():
            name, _, size = part.partition(":")
            size, _, count = size.partition("*")
            size = int(size)
            for i in range(int(count or 1)):
                self.fields.append((f"{name}{i}" if count else name, at, size))
                at += size
        self.size = at
        codes = {1: "B", 2: "H", 4: "I", 8: "Q", 16: "16s"}
        self.form = struct.Struct(("<" if order == "little" else ">") +
                                  "".join(codes[size] for _, _, size in self.fields))

    def _pairs(self, record):
        for (name, _, _), value in zip(self.fields, self.form.unpack_from(record)):
            yield name, value if isinstance(value, int) else int.from_bytes(value, self.order)

    def values(self, record):
        return {name: value for name, value in self._pairs(record) if name != "pad"}

    def differences(self, mine, theirs):
        """{name: (mine, theirs)}"""
        raw = zip(self.form.unpack_from(mine), self.form.unpack_from(theirs))
        if not any(a != b for a, b in raw):
            return {}
        pairs = zip(self._pairs(mine), self._pairs(theirs))
        return {name: (a, b) for (name, a), (_, b) in pairs if a != b and name != "pad"}


class Died:
    """What stands for the record of a sequence that ended the emulator."""

    def __init__(self, reason):
        self.reason = reason


class Side:
    """One emulator."""

    def __init__(self, name, command, folder):
        self.name = name
        self.command = command
        self.output = folder / f"output-{name}"
        self.errors = folder / f"errors-{name}"

    def start(self, driver, source, count):
        with open(self.output, "wb") as f:
            f.truncate(PAGE + count * 2 * PAGE)  # sparse; records are smaller
        self.process = subprocess.Popen(
            [*self.command, driver, source, self.output], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=open(self.errors, "wb"))

    def finish(self, count, order, limit):
        """The layout, the records, and why there are fewer than `count`, if so."""
        try:
            status = self.process.wait(limit)
            reason = f"exit status {status}: " + self.errors.read_text(errors="replace").strip()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            reason = f"no end after {limit} s"
        with open(self.output, "rb") as f:
            head = f.read(PAGE)
            done, size = struct.unpack_from("<II" if order == "little" else ">II", head)
            if size == 0:
                raise RuntimeError(f"{self.name}: the driver does not start: {reason}")
            layout = Layout(head[8:head.index(b"\0", 8)].decode(), order)
            data = f.read(done * size)
        return layout, [data[i * size:(i + 1) * size] for i in range(done)], reason


class Runner:
    def __init__(self, machine, profile, emulate, folder, pool_seed, loops=False):
        self.machine, self.profile, self.loops = machine, profile, loops
        self.folder = folder
        self.pool_seed = pool_seed
        self.order = machine.order
        self.layout = None
        self.sides = [Side("emulate", [*emulate, *profile.emulate.split()], folder),
                      Side("qemu", profile.qemu.split(), folder)]
        self.driver = folder / f"driver-{profile.name}"
        compiler = profile.facts.get("compiler") or machine.compiler
        sources = [HERE / "driver" / name for name in ("driver.c", "values.c")]
        if not self.driver.exists():
            subprocess.run([*compiler.split(), "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-static",
                            "-o", self.driver, *sources], check=True)

    def code(self, words):
        halfwords = "halfwords" in self.profile.facts
        out = bytearray()
        for value, bits in words:
            if bits == 32 and halfwords:
                out += (value >> 16).to_bytes(2, self.order) + (value & 0xffff).to_bytes(2, self.order)
            else:
                out += value.to_bytes(bits // 8, self.order)
        return out

    def _trap(self):
        digits = self.profile.trap
        return self.code([(int(digits, 16), len(digits) * 4)])

    def _write(self, sequences, keep_window):
        e = "<" if self.order == "little" else ">"
        code, cases = bytearray(), bytearray()
        trap, flags = self._trap(), int(self.profile.facts.get("flags", "0"))
        flags |= LOOPS if self.loops else 0
        for s in sequences:
            cases += struct.pack(e + "QII", s.seed, len(code), flags)
            code += self.code(s.words) + trap
            code += bytes(-len(code) % 16)
        head = struct.pack(e + "IIQI", len(sequences), len(code), self.pool_seed, keep_window)
        path = self.folder / "input"
        path.write_bytes(head.ljust(PAGE, b"\0") + code.ljust(-(-len(code) // PAGE) * PAGE, b"\0") +
                         cases)
        return path

    def run(self, sequences, keep_window=False):
        """The records of each side: a list of pairs (emulate's, qemu's)."""
        results = []
        while len(results) < len(sequences):
            rest = sequences[len(results):]
            source = self._write(rest, keep_window)
            for side in self.sides:
                side.start(self.driver, source, len(rest))
            columns = []
            for side in self.sides:
                self.layout, records, reason = side.finish(len(rest), self.order, 60 + len(rest) // 50)
                if len(records) < len(rest):
                    records.append(Died(reason))
                columns.append(records)
            results += zip(*columns)
        return results


def differences(layout, mine, theirs):
    """The fields that differ: {name: (mine, theirs)}."""
    if mine == theirs:
        return {}
    if isinstance(mine, Died) or isinstance(theirs, Died):
        reasons = [r.reason if isinstance(r, Died) else "went on" for r in (mine, theirs)]
        return {"died": tuple(reasons)}
    return layout.differences(mine, theirs)
