"""CPU time of commands that are run in turns."""

import os
import shutil
import statistics
import sys
from dataclasses import dataclass, field


def cpu_time(command, environment=None):
    """Seconds of CPU from fork to exit, children included, and what was printed."""
    read, write = os.pipe()
    # posix_spawn shares memory until exec, so that this interpreter's size does not count.
    pid = os.posix_spawn(shutil.which(command[0]), [str(c) for c in command],
                         os.environ | (environment or {}),
                         file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)])
    os.close(write)
    with os.fdopen(read) as pipe:
        output = pipe.read()
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}: wait status {status}\n{output}")
    return usage.ru_utime + usage.ru_stime, output


@dataclass
class Result:
    """What one benchmark took on one machine: seconds of each run under "emulate", "qemu" and
    "native", runs of the same index being neighbours in time."""
    machine: str
    benchmark: str
    seconds: dict = field(default_factory=dict)

    def median(self, kind):
        return statistics.median(self.seconds[kind]) if kind in self.seconds else None

    def ratio(self, kind, base):
        """The median of the ratios of neighbours: what slows the whole computer for a while
        slows both."""
        if kind not in self.seconds or base not in self.seconds:
            return None
        # A clock tick of a program that is over at once would be everything or nothing.
        pairs = [(a, b) for a, b in zip(self.seconds[kind], self.seconds[base]) if b > 0]
        return statistics.median(a / b for a, b in pairs) if pairs else None


def compare(machine, benchmark, commands, repeat):
    """Runs {kind: command} in turns. All must print the same."""
    result = Result(machine, benchmark, {kind: [] for kind in commands})
    outputs = {}
    for _ in range(repeat):
        for kind, command in commands.items():
            seconds, outputs[kind] = cpu_time(command)
            result.seconds[kind].append(seconds)
    if len(set(outputs.values())) != 1:
        sys.exit(f"{machine} {benchmark}: the results differ: {outputs}")
    return result
