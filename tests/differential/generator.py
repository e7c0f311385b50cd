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

    __slots__ = ("words", "rows", "seed", "draws")

    def __init__(self, words, rows, seed, draws=None):
        self.words = words  # (value, bits)
        self.rows = rows
        self.seed = seed
        # Which words a row gave at once, by a number for each word; they stay together.
        self.draws = draws or list(range(len(words)))


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


def thumb_form(word):
    """The Thumb form of a VFP or NEON instruction (ARM DDI 0406C, A7.4 to A7.9)."""
    value, bits = word
    top = value >> 24
    if top >> 1 == 0x79:
        top = 0xef | (top & 1) << 4
    elif top == 0xf4:
        top = 0xf9
    else:
        top = 0xe0 | top & 15
    return top << 24 | value & 0xffffff, bits


def it_mask(word, count):
    """IT with a random mask for so many instructions; its mask bits were random."""
    value, bits = word
    random_bits, first = value & 7, value >> 4 & 1
    mask = first << 4  # of the first instruction: implied
    for i in range(1, count):
        mask |= (random_bits >> i & 1) << 4 - i
    return value & ~15 | (mask | 1 << 4 - count) & 15, bits


class Generator:
    def __init__(self, machine, profile, seed, only=None, loops=False):
        self.profile = profile
        self.random = random.Random(seed)
        kinds = {c: k.values for c, k in machine.kinds.items() if k.name == "reg"}
        self.everything = {c: (v * POOL)[:POOL] for c, v in kinds.items()}
        self.pools = [self._choose_registers(kinds) for _ in range(2000)]
        self.machine = machine
        self.encoders, self.followers = {}, {}
        self.again = self._rows(["again"])[0] if loops else None
        self.lottery = []
        for name, weight in profile.classes:
            if only in (None, name):
                self.lottery += [self._rows([name])] * weight

    def _rows(self, classes):
        """The rows of the classes, as often as they want to be there, each with how to draw it."""
        rows = []
        for name in classes:
            name, _, thumb = name.partition(":")
            for row in self.machine.classes[name]:
                if row not in self.encoders:
                    self.encoders[row] = encoder(row, self.everything)
                rows += [(row, self.encoders[row], bool(thumb))] * row.weight
                if row.followers and row not in self.followers:
                    self.followers[row] = self._rows(row.followers)
        return rows

    def sequence(self):
        bits, choice = self.random.getrandbits, self.random.choice
        main = choice(self.lottery)
        length = 1 + bits(1) if bits(2) == 0 else 2 + bits(16) % (LONGEST - 1)
        units = []  # lists of rows that branches do not go into
        for _ in range(length):
            unit = [choice(main if bits(2) else choice(self.lottery))]
            if unit[0][0] in self.followers:
                unit += [choice(self.followers[unit[0][0]]) for _ in range(1 + bits(2))]
            units.append(unit)
        ends = list(itertools.accumulate(sum(row.size for row, _, _ in unit) for unit in units))
        pools = choice(self.pools)
        words, names, draws = [], [], []
        start = 0
        for i, unit in enumerate(units):
            for row, encode, thumb in unit:
                drawn = encode(bits, pools, start, ends[i:i + 4])
                if thumb:
                    drawn = [thumb_form(w) for w in drawn]
                if row.followers:
                    drawn = [it_mask(drawn[0], len(unit) - 1)]
                draws += [len(words)] * len(drawn)
                words += drawn
                names += [row.name] * len(drawn)
            start = ends[i]
        if self.again:
            row, encode, _ = self.again
            back = encode(bits, pools, start, [0])
            draws += [len(words)] * len(back)
            words += back
            names += [row.name] * len(back)
        return Sequence(words, names, bits(64), draws)

    def _choose_registers(self, kinds):
        """Few registers in most sequences, so that instructions depend on each other."""
        few = 2 << self.random.getrandbits(2)
        pools = {}
        for values in sorted(set(kinds.values())):
            shuffled = self.random.sample(values, k=len(values))
            chosen = (shuffled[:few] * POOL)[:POOL - OTHERS]
            pools[values] = chosen + self.random.sample(values, k=OTHERS)
        return {letter: pools[values] for letter, values in kinds.items()}


def generators(machine, seed, only=None, loops=False):
    """One for each profile, or for each that has the class `only`."""
    return [Generator(machine, p, f"{machine.name} {p.name} {seed}", only, loops)
            for p in machine.profiles if only in (None, *dict(p.classes))]
