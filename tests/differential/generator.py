"""Random sequences of a machine's instructions."""
import itertools
import random

SOFT = 64  # one in so many draws may break a "nearly always" constraint
LONGEST = 10
POOL = 32  # entries of a sequence's list of registers
OTHERS = 6  # of them any registers; the rest are a few
PATIENCE = 30  # draws of an instruction before all registers are tried


class Sequence:
    """Instructions, the name of the row each came from, and the seed of the registers."""

    __slots__ = ("words", "rows", "seed")

    def __init__(self, words, rows, seed):
        self.words = words  # (value, bits)
        self.rows = rows
        self.seed = seed


def encoder(row, everything):
    """A function that draws an instruction of the row, as Python code made for it: millions are
    drawn. Its arguments are a source of random bits, the registers to choose from for each letter,
    the place in the sequence, and the ends of some instructions from this one on."""
    lines = ["def encode(bits, pools, start, ends):"]
    if row.mostly:
        lines.append(f"  soft = bits(16) % {SOFT} == 0")
    lines.append("  for attempt in count():")
    lines.append(f"    if attempt == {PATIENCE}: pools = everything")
    for letter, kind, width in row.fields:
        if kind is None:
            draw = f"bits({width})"
        elif kind.name == "reg":
            draw = f"pools[{letter!r}][bits({POOL.bit_length() - 1})]"
        elif kind.name == "one":
            draw = f"{kind.values}[bits(8) % {len(kind.values)}]"
        else:
            scale, bias = kind.values
            draw = f"(ends[bits(4) % len(ends)] - start >> {scale}) + {bias}"
        lines.append(f"    {letter} = {draw}")
    lines += [f"    if not ({test}): continue" for test in row.always]
    lines += [f"    if not (soft or ({test})): continue" for test in row.mostly]
    words = []
    for i, word in enumerate(row.words):
        parts = [hex(word.fixed)]
        if word.free:
            parts.append(f"bits({word.bits}) & {word.free:#x}")
        parts += [f"scatter[{i}][{letter!r}]({letter})" for letter in word.scatter]
        words.append(f"(({' | '.join(parts)}), {word.bits})")
    lines.append(f"    return ({', '.join(words)},)")
    scope = {"scatter": [word.scatter for word in row.words], "everything": everything,
             "count": itertools.count}
    exec("\n".join(lines), scope)  # the tables are part of this program
    return scope["encode"]


class Generator:
    def __init__(self, machine, profile, seed, only=None):
        self.profile = profile
        self.random = random.Random(seed)
        kinds = {c: k.values for c, k in machine.kinds.items() if k.name == "reg"}
        everything = {c: (v * POOL)[:POOL] for c, v in kinds.items()}
        self.pools = [self._choose_registers(kinds) for _ in range(2000)]
        encoders = {}
        self.lottery = []
        for name, weight in profile.classes:
            if only not in (None, name):
                continue
            for row in machine.classes[name]:
                encoders[row] = encoder(row, everything)
            rows = [(row, encoders[row]) for row in machine.classes[name] for _ in range(row.weight)]
            self.lottery += [rows] * weight

    def sequence(self):
        bits, choice = self.random.getrandbits, self.random.choice
        main = choice(self.lottery)
        length = 1 + bits(1) if bits(2) == 0 else 2 + bits(16) % (LONGEST - 1)
        rows = [choice(main if bits(2) else choice(self.lottery)) for _ in range(length)]
        ends = list(itertools.accumulate(row.size for row, _ in rows))
        pools = choice(self.pools)
        words, names = [], []
        start = 0
        for i, (row, encode) in enumerate(rows):
            drawn = encode(bits, pools, start, ends[i:i + 4])
            words += drawn
            names += [row.name] * len(drawn)
            start = ends[i]
        return Sequence(words, names, bits(64))

    def _choose_registers(self, kinds):
        """Few registers in most sequences, so that instructions depend on each other."""
        few = 2 << self.random.getrandbits(2)
        pools = {}
        for values in sorted(set(kinds.values())):
            shuffled = self.random.sample(values, k=len(values))
            chosen = (shuffled[:few] * POOL)[:POOL - OTHERS]
            pools[values] = chosen + self.random.sample(values, k=OTHERS)
        return {letter: pools[values] for letter, values in kinds.items()}


def generators(machine, seed, only=None):
    """One for each profile, or for each that has the class `only`."""
    return [Generator(machine, p, f"{machine.name} {p.name} {seed}", only) for p in machine.profiles
            if only in (None, *dict(p.classes))]
