"""Results as text for the terminal, as a table for the documents and as JSON."""

import json
import platform
from datetime import date
from pathlib import Path

from measure import Result

HEAD = (f"{'machine':12}{'benchmark':11}{'native':>9}{'qemu':>9}{'emulate':>9}"
        f"{'emul/qemu':>11}{'emul/native':>13}{'qemu/native':>13}   (ms of CPU)")


def number(value, digits=2):
    if value is None:
        return "-"
    return f"{value:.{digits}f}" if value < 9.95 else f"{value:.0f}"


def line(result):
    times = ((result.median(kind) or 0) * 1e3 for kind in ("native", "qemu", "emulate"))
    return (f"{result.machine:12}{result.benchmark:11}" + "".join(f"{t:9.1f}" for t in times) +
            f"{number(result.ratio('emulate', 'qemu')):>11}"
            f"{number(result.ratio('emulate', 'native')):>13}"
            f"{number(result.ratio('qemu', 'native')):>13}")


def ordered(names):
    return list(dict.fromkeys(names))


def markdown(results):
    """A line a machine: emulate's time over qemu's and, in brackets, over the native program's."""
    benchmarks = ordered(r.benchmark for r in results)
    lines = [f"| | {' | '.join(benchmarks)} |", "|---" * (len(benchmarks) + 1) + "|"]
    for machine in ordered(r.machine for r in results):
        of_machine = {r.benchmark: r for r in results if r.machine == machine}
        cells = []
        for benchmark in benchmarks:
            r = of_machine.get(benchmark)
            cells.append(f"{number(r.ratio('emulate', 'qemu'))} "
                         f"({number(r.ratio('emulate', 'native'), 1)})" if r else "-")
        lines.append(f"| {machine} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def cpu_model():
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = text.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def rounded(value):
    return None if value is None else float(f"{value:.4g}")


def save(file, results, system):
    """A line a result, so that changes can be compared."""
    head = {"date": date.today().isoformat(), "cpu": cpu_model(), "emulate runs": system,
            "unit": "seconds of CPU time, each run"}
    rows = [json.dumps({
        "machine": r.machine, "benchmark": r.benchmark,
        "emulate/qemu": rounded(r.ratio("emulate", "qemu")),
        "emulate/native": rounded(r.ratio("emulate", "native")),
        "median": {kind: rounded(r.median(kind)) for kind in r.seconds},
        "seconds": {kind: [rounded(t) for t in times] for kind, times in r.seconds.items()},
    }) for r in results]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(head)[:-1] + ',\n "results": [\n  ' + ",\n  ".join(rows) + "\n]}\n")


def load(files):
    """What save() wrote; of what is there twice, the last counts."""
    found = {}
    for file in files:
        for r in json.loads(file.read_text())["results"]:
            found[r["machine"], r["benchmark"]] = Result(r["machine"], r["benchmark"], r["seconds"])
    return list(found.values())
