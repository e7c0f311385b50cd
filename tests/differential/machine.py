"""Machines as data: reads machines/NAME.table.

A table is blocks of indented lines; `#` starts a comment.

machine          facts about the machine
profile NAME     CPU models on both sides, and which classes of instructions are tried there how often
fields           what letters in patterns mean; other letters, and dots, are random bits
class NAME       rows: name, pattern, constraints

A pattern has a character for each bit, written from the highest bit: 0, 1, a dot or a letter. The
letters of a field may stand apart. Patterns joined by `;` are instructions that follow each other
and share their fields. Constraints are Python expressions of the letters, with `|` and `&` for `or`
and `and`: `!expression` always holds, `~expression` nearly always (what breaks it is undefined, and
is tried now and then), `*N` makes the row N times as frequent, and `+CLASS,...` is for Thumb's IT:
up to four instructions of the classes follow it. A class with `:thumb` behind its name has rows in
their ARM form, to be tried in the Thumb one.

The row of a class `again` ends sequences that `run --loops` tries: it counts a register, and goes
back to their beginning.

Kinds of fields:
reg LIST         a register of the list; the few registers that a sequence uses come up again
one LIST         a value of the list
to SCALE BIAS    a place further on in the sequence (of `again`, its beginning): (distance in bytes >> SCALE) + BIAS, and 0 0
                 where that may be left out
"""
import dataclasses
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "machines"


@dataclasses.dataclass
class Kind:
    name: str
    values: tuple = ()


@dataclasses.dataclass
class Profile:
    name: str
    facts: dict
    classes: list  # (name, weight)

    def __getattr__(self, key):
        try:
            return self.facts[key]
        except KeyError:
            raise AttributeError(key) from None


def number_list(words):
    values = []
    for word in words:
        first, _, last = word.partition("-")
        values += range(int(first), int(last or first) + 1)
    return tuple(values)


class Word:
    """One instruction of a row."""

    def __init__(self, pattern, letters):
        self.pattern = pattern
        self.bits = len(pattern)
        self.fixed = self.mask = self.free = 0
        self.places = {}  # letter -> positions, the highest bit of the field first
        for at, c in zip(range(self.bits - 1, -1, -1), pattern):
            if c in "01":
                self.mask |= 1 << at
                self.fixed |= int(c) << at
            elif c in letters:
                self.places.setdefault(c, []).append(at)
            else:
                self.free |= 1 << at
        self.scatter = {c: self._scatter(at) for c, at in self.places.items()}

    @staticmethod
    def _scatter(positions):
        """A function from a field's value to its bits in the word."""
        low, width = positions[-1], len(positions)
        if positions == list(range(low + width - 1, low - 1, -1)):
            mask = (1 << width) - 1
            return lambda v: (v & mask) << low
        table = [sum((v >> (width - 1 - i) & 1) << p for i, p in enumerate(positions))
                 for v in range(1 << width)]
        return lambda v: table[v & (len(table) - 1)]


class Row:
    def __init__(self, line, kinds):
        parts = re.split(r"\s+", line.strip())
        self.name = parts[0]
        self.weight = 1
        self.followers = None
        self.always, self.mostly = [], []
        patterns, rest = [""], parts[1:]
        while rest and re.fullmatch(r"[01.A-Za-z;]+", rest[0]):
            part = rest.pop(0)
            if part == ";":
                patterns.append("")
            else:
                patterns[-1] += part
        expressions = []
        for c in re.split(r"\s+(?=[!~*+])", " ".join(rest)) if rest else ():
            if c[0] == "*":
                self.weight = int(c[1:])
                continue
            if c[0] == "+":
                self.followers = c[1:].split(",")
                continue
            if c[0] not in "!~":
                raise ValueError(f"{self.name}: what is {c}?")
            text = c[1:].replace("|", " or ").replace("&", " and ")
            expressions.append((c[0], text, set(re.findall(r"\b[A-Za-z]\b", text))))
        named = set().union(*(e[2] for e in expressions)) if expressions else set()
        for p in patterns:
            if len(p) not in (16, 32):
                raise ValueError(f"{self.name}: {len(p)} bits in {p}")
        used = set("".join(patterns)) - set("01.")
        # Letters that two instructions of the row share have one value.
        shared = {c for c in used if sum(c in p for p in patterns) > 1}
        letters = {c for c in used if c in kinds or c in named or c in shared}
        self.words = [Word(p, letters) for p in patterns]
        self.size = sum(w.bits for w in self.words) // 8
        self.fields = []  # (letter, kind or None, width)
        for c in sorted(letters):
            width = max(p.count(c) for p in patterns)
            kind = kinds.get(c)
            if kind and kind.name != "to" and max(kind.values) >> width:
                raise ValueError(f"{self.name}: {c} has {width} bits and stands for {kind.values}")
            self.fields.append((c, kind, width))
        for mark, text, _ in expressions:
            (self.always if mark == "!" else self.mostly).append(text)


class Machine:
    def __init__(self, name):
        self.name = name
        self.facts, self.profiles, self.kinds, self.classes = {}, [], {}, {}
        self._read(FOLDER / f"{name}.table")

    def __getattr__(self, key):
        try:
            return self.__dict__["facts"][key]
        except KeyError:
            raise AttributeError(key) from None

    def _read(self, path):
        block, name, rows = None, None, []
        for raw in path.read_text().splitlines():
            line = raw.split("#")[0].rstrip()
            if not line:
                continue
            if not line.startswith(" "):
                block, _, name = line.partition(" ")
                if block == "include":
                    self._read(FOLDER / name.strip())
                if block == "profile":
                    self.profiles.append(Profile(name, {}, []))
                if block == "class":
                    self.classes.setdefault(name, [])
                continue
            key, _, value = (s.strip() for s in line.partition(":"))
            if block == "machine":
                self.facts[key] = value
            elif block == "profile" and key == "classes":
                pairs = (p.split() for p in value.split(","))
                self.profiles[-1].classes = [(p[0], int(p[1])) for p in pairs]
            elif block == "profile":
                self.profiles[-1].facts[key] = value
            elif block == "fields":
                kind, *numbers = value.split()
                values = map(int, numbers) if kind == "to" else number_list(numbers)
                for letter in key:
                    self.kinds[letter] = Kind(kind, tuple(values))
                    values = self.kinds[letter].values
            elif block == "class":
                rows.append((name, line))
            else:
                raise ValueError(f"{path}: {line}")
        for class_name, line in rows:
            self.classes[class_name].append(Row(line, self.kinds))

    @property
    def order(self):
        return self.facts.get("order", "little")


def names():
    return sorted(p.stem for p in FOLDER.glob("*.table"))
