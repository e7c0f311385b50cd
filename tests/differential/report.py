"""What differs, in words; and what is excused."""
import fnmatch
import pathlib
import re
import subprocess
from signal import SIGBUS, SIGSEGV

import shrink
from runner import Died, differences

HERE = pathlib.Path(__file__).resolve().parent


def _first_float(found):
    """The number of the first floating point register that differs, or None."""
    return next((int(name[1:]) for name in found if re.fullmatch(r"f\d+", name)), None)


def _first_may_be_nan(found, records):
    """The first register of singles that differs is one, or a part of a double or a quad, that may
    be a NaN on both sides."""
    number = _first_float(found)
    return number is not None and any(all(r[f"f{n}"] & 0x7f800000 == 0x7f800000 for r in records)
                                      for n in {number, number & ~1, number & ~3})


def _first_may_be_special(found, records):
    """The first floating point register that differs, or its pair, may be a decimal infinity or NaN
    on both sides, of 64 bits or 128, or, in the lower half, of 32."""
    number = _first_float(found)
    places = (number, 0x7800000000000000), (number, 0x78000000), \
        ((number or 0) & ~1, 0x7800000000000000)
    return number is not None and any(all(r[f"f{n}"] & mask == mask for r in records)
                                      for n, mask in places)


def _first_is_bare(found, records):
    """The first floating point register that differs has no decimal digits under qemu, but for a
    sign of four bits."""
    number = _first_float(found)
    return number is not None and records[1][f"f{number}"] & 0x3ffffffffff0 == 0


class Excuse:
    """A line of excused.txt."""

    def __init__(self, line):
        machines, rows, fields, self.reason = (p.strip() for p in line.split("|", 3))
        self.text = f"{rows} | {fields}"
        self.machines = machines.split()
        self.rows = [row.split(",") for row in rows.split("+")]
        self.condition = ""
        self.fields = []
        for field in fields.split():
            name, mark, mask = re.match(r"([^&^]*)([&^]?)(.*)", field).groups()
            if name.endswith(":"):
                self.condition = name
            else:
                self.fields.append((name, mark, int(mask, 16) if mark else 0))
        # About any instruction, and no group of registers.
        self.general = self.rows == [["*"]] and not any("*" in name for name, _, _ in self.fields)

    def applies(self, machine, rows, found, records):
        """To sequences of the rows that differ as found; `records` are both sides' values."""
        mine, theirs = (r["signal"] for r in records)
        if machine not in self.machines:
            return False
        if not all(sum(any(fnmatch.fnmatch(row, p) for p in some) for row in rows)
                   >= self.rows.count(some) for some in self.rows):
            return False
        if self.condition == "fault:" and not mine == theirs in (SIGSEGV, SIGBUS):
            return False
        if self.condition == "bus:" and (mine == SIGBUS or theirs != SIGBUS):
            return False
        if self.condition == "wide:" and not (mine == SIGBUS != theirs
                                              and found.get("address", (16,))[0] % 32 == 16):
            return False
        if self.condition == "nan:" and not _first_may_be_nan(found, records):
            return False
        if self.condition == "special:" and not _first_may_be_special(found, records):
            return False
        if self.condition == "bare:" and not _first_is_bare(found, records):
            return False
        return self.condition != "zero:" or found.get("address", (0, 1))[1] == 0

    def remains(self, name, bits):
        """Of the bits in which a field differs, those that this does not explain."""
        for pattern, mark, mask in self.fields:
            if fnmatch.fnmatch(name, pattern):
                if not mark or (mark == "^" and bits == mask):
                    return 0
                if mark == "&":
                    bits &= ~mask
        return bits


def excuses():
    lines = (HERE / "excused.txt").read_text().splitlines()
    return [Excuse(line) for line in lines if line.strip() and not line.startswith("#")]


class Difference:
    def __init__(self, runner, sequence, mine, theirs):
        self.runner, self.sequence = runner, sequence
        self.mine, self.theirs = mine, theirs
        self.layout = runner.layout  # that of these records: the next run's may be another
        self.found = differences(self.layout, mine, theirs)
        self.places = shrink.kept(runner.profile, sequence)
        self.rows = [sequence.rows[i] for i in self.places]

    def excused(self, excuses):
        """The excuses that together explain all of the difference; none: it is not excused."""
        if isinstance(self.mine, Died) or isinstance(self.theirs, Died):
            return []
        records = [self.layout.values(r) for r in (self.mine, self.theirs)]
        used = []
        bits = {name: a ^ b for name, (a, b) in self.found.items()}
        for e in excuses:
            if not e.applies(self.runner.machine.name, self.rows, self.found, records):
                continue
            rest = {name: e.remains(name, b) for name, b in bits.items()}
            if rest != bits:
                used.append(e)
                bits = rest
        return [] if any(bits.values()) else used

    def key(self):
        """Differences that are alike: in the same rows, fields and, of status registers, bits."""
        status = self.runner.machine.facts.get("modes", "").split()
        fields = {f"{name}^{a ^ b:x}" if name in status else re.sub(r"\d+$", "", name)
                  for name, (a, b) in self.found.items()}
        return " + ".join(self.rows) + ": " + " ".join(sorted(fields))

    def disassembly(self):
        runner = self.runner
        path = runner.folder / "code.bin"
        path.write_bytes(runner.code(self.sequence.words))
        command = runner.profile.facts.get("disassemble") or runner.machine.disassemble
        text = subprocess.run([*command.split(), path], capture_output=True, text=True).stdout
        lines = [line for line in text.splitlines() if re.match(r"\s*[0-9a-f]+:\t", line)]
        starts, at = [], 0
        for word in self.sequence.words:
            starts.append(at)
            at += word[1] // 8
        wanted = {starts[i] for i in self.places}
        return [line for line in lines if int(line.split(":")[0], 16) in wanted]

    def text(self):
        runner = self.runner
        nops = shrink.without(runner.profile, self.sequence, range(len(self.sequence.words)))
        pair = runner.run([nops])[0]
        before = pair[1] if not isinstance(pair[1], Died) else pair[0]
        runner_values = runner.layout.values(before)
        lines = self.disassembly()
        out = [*lines]
        out.append("  before: " + self._before(runner_values, lines))
        widest = max(len(name) for name in self.found)
        if "signal" not in self.found and isinstance(self.mine, bytes):
            out.append(f"  signal {self.layout.values(self.mine)['signal']} on both sides")
        for name, (a, b) in self.found.items():
            a, b = (v if isinstance(v, str) else f"{v:#x}" for v in (a, b))
            out.append(f"  {name:{widest}}  emulate {a}\n  {'':{widest}}  qemu    {b}")
        words = ",".join(f"{v:0{n // 4}x}" for v, n in self.sequence.words)
        out.append(f"  again: --machine {runner.machine.name} --replay {runner.profile.name} "
                   f"{runner.pool_seed:#x} {self.sequence.seed:#x} {words}")
        return "\n".join(out)

    def _before(self, values, lines):
        """Registers that the instructions name or that differ, and those that modes are in."""
        alike = {k: p.split() for k, p in
                 (s.split("=") for s in self.runner.machine.facts.get("alike", "").split(";") if s)}
        names = set(self.found)
        for name in re.findall(r"\b([a-z]+)(\d*)\b", " ".join(l.split("\t", 2)[-1] for l in lines)):
            prefix, number = name
            for other in (prefix, *alike.get(prefix, ())):
                names.add(other + number)
        names |= set(self.runner.machine.facts.get("modes", "").split())
        skip = {"signal", "code", "address", "memory", "pc"}
        return " ".join(f"{n}={v:#x}" for n, v in values.items() if n in names and n not in skip)
