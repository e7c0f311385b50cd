"""The chart of the results: a panel a machine, a row a benchmark, on a logarithmic scale how many
times the native program's CPU time the same work takes under emulate and under qemu-user."""

from math import ceil, floor, log2
from xml.sax.saxutils import escape

from report import number, ordered

COLUMNS = 2
PANEL = 430  # width
LABEL = 76  # room for the benchmark's name
VALUE = 64  # room for the ratio
ROW = 17
TITLE = 44
HEAD = 58

# Colours twice, and no variables: viewers that know only the first rules show the light chart.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.paper { fill: #ffffff; }
.faint { fill: #59636e; font-size: 11px; }
.title { font-weight: 600; font-size: 13px; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: #d8dee4; }
.native { stroke: #59636e; }
.between { stroke: #d8dee4; stroke-width: 4; }
.emulate { fill: #0969da; stroke: #0969da; stroke-width: 2; }
.qemu { fill: #ffffff; stroke: #bc4c00; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .paper { fill: #0d1117; }
  .faint { fill: #9198a1; }
  .grid, .between { stroke: #30363d; }
  .native { stroke: #9198a1; }
  .emulate { fill: #58a6ff; stroke: #58a6ff; }
  .qemu { fill: #0d1117; stroke: #f0883e; }
}
"""


def text(x, y, content, kind):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(content)}</text>'


def vertical(x, y1, y2, kind):
    return f'<line x1="{x:.1f}" y1="{y1:.1f}" x2="{x:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def dot(x, y, kind):
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="{kind}"/>'


class Scale:
    """Powers of two between the least and the greatest ratio."""

    def __init__(self, ratios):
        self.low = min(0, floor(log2(min(ratios))))
        self.high = max(1, ceil(log2(max(ratios))))

    def __call__(self, ratio):
        width = PANEL - LABEL - VALUE - 24
        return LABEL + 8 + (log2(ratio) - self.low) / (self.high - self.low) * width

    def marks(self):
        return [2.0 ** power for power in range(self.low, self.high + 1)]


def panel(machine, results, scale):
    """The SVG elements of a machine, from (0, 0) on."""
    bottom = TITLE + len(results) * ROW
    parts = [text(0, 14, machine, "title"), text(PANEL - 20, 14, "emulate / qemu", "faint end")]
    for mark in scale.marks():
        parts.append(vertical(scale(mark), TITLE - 6, bottom, "native" if mark == 1 else "grid"))
        parts.append(text(scale(mark), 32, f"{mark:g}", "faint middle"))
    for index, result in enumerate(results):
        y = TITLE + index * ROW + ROW / 2
        parts.append(text(LABEL, y + 4, result.benchmark, "end"))
        at = {kind: scale(result.ratio(kind, "native")) for kind in ("qemu", "emulate")
              if result.ratio(kind, "native")}
        if len(at) == 2:
            left, right = sorted(at.values())
            parts.append(f'<line x1="{left:.1f}" y1="{y}" x2="{right:.1f}" y2="{y}" '
                         'class="between"/>')
        parts += [dot(x, y, kind) for kind, x in at.items()]
        parts.append(text(PANEL - 20, y + 4, number(result.ratio("emulate", "qemu")), "end"))
    return parts


def svg(results):
    by_machine = {name: [r for r in results if r.machine == name]
                  for name in ordered(r.machine for r in results)}
    ratios = [ratio for r in results for kind in ("qemu", "emulate")
              if (ratio := r.ratio(kind, "native"))]
    scale = Scale(ratios)
    names = list(by_machine)
    body, top = [], HEAD
    for first in range(0, len(names), COLUMNS):
        row = names[first:first + COLUMNS]
        for column, name in enumerate(row):
            body.append(f'<g transform="translate({20 + column * PANEL} {top})">')
            body += [*panel(name, by_machine[name], scale), "</g>"]
        top += TITLE + max(len(by_machine[name]) for name in row) * ROW + 22
    width = 20 + min(COLUMNS, len(names)) * PANEL
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" '
        f'height="{top}" role="img" aria-label="CPU time under emulate and under qemu-user">',
        f"<style>{STYLE}</style>", f'<rect class="paper" width="{width}" height="{top}"/>',
        text(20, 22, "CPU time, as a multiple of the native program's", "title"),
        dot(26, 38, "emulate"), text(36, 42, "emulate", ""), dot(106, 38, "qemu"),
        text(116, 42, "qemu-user", ""), text(200, 42, "further left is faster", "faint"),
        *body, "</svg>"]) + "\n"
