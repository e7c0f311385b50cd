"""What the suites share: running a program with a time limit, and packages from npm."""

import fcntl
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path


def fail(message):
    print(f"FAIL: {message}")
    sys.exit(1)


def run(command, *, limit, **options):
    """Runs `command` in a process group of its own, which is killed when the limit is over.

    Returns (exit status, output); the status is None after a time-out.
    """
    process = subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True, **options)
    try:
        output, _ = process.communicate(timeout=limit)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return None, output


def must(command, *, limit=600, **options):
    status, output = run(command, limit=limit, **options)
    if status != 0:
        print(output)
        what = "took too long" if status is None else f"exit status {status}"
        fail(f"{' '.join(map(str, command))}: {what}")
    return output


def npm_package(cache, name, version):
    """The unpacked folder of an npm package, fetched once whatever machine it is for."""
    folder = (Path(cache) / "npm" / f"{name.replace('/', '+')}-{version}").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            must(["npm", "pack", "--silent", f"{name}@{version}"], cwd=folder)
            with tarfile.open(next(folder.glob("*.tgz"))) as archive:
                archive.extractall(folder)
            (folder / "done").touch()
    return folder / "package"
