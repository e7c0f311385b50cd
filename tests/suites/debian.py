"""Root file systems made of Debian's own packages for another machine, without a change to this
one: apt-get works on a state of its own, and the packages are unpacked, not configured."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from suite import fail, must

# What a package's installation script would do, as far as programs need it.
ALTERNATIVES = {
    "/usr/bin/awk": "mawk",
    "/usr/bin/which": "which.debianutils",
    "/usr/bin/cc": "gcc",
    "/usr/bin/pager": "more",
}
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/usr/sbin/nologin\n"
                  "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\ndaemon:x:1:\ntty:x:5:\nnogroup:x:65534:\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"
                 f"127.0.1.1 {os.uname().nodename}\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n",
}


def debian_source(folder):
    """A source of the release itself, without later updates, from where this machine has its own:
    what it holds changes seldom, and all architectures' packages are of the same versions."""
    configured = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    for text in (source.read_text() for source in configured if source.is_file()):
        mirror = re.search(r"^URIs: *(\S+)\n(?:.*\n)*?Suites:.* ?bookworm\b|"
                           r"^deb (?:\[.*\] )?(\S+) bookworm\s", text, re.M)
        if mirror:
            folder.mkdir(parents=True, exist_ok=True)
            # Whole at any time: tests that run beside each other share the folder.
            unfinished = folder / f"unfinished-{os.getpid()}"
            unfinished.write_text(
                f"Types: deb deb-src\nURIs: {mirror[1] or mirror[2]}\nSuites: bookworm\n"
                f"Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n")
            unfinished.rename(folder / "debian.sources")
            return folder
    fail("no source of Debian 12 is configured for apt")


class Apt:
    """apt-get for packages of `architecture`, with everything it remembers below `folder`."""

    def __init__(self, folder, architecture):
        self.folder = Path(folder).resolve()
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        parts = debian_source(self.folder / "sources")
        self.options = [
            f"APT::Architecture={architecture}", f"APT::Architectures::={architecture}",
            "Dir::Etc::sourcelist=/dev/null", f"Dir::Etc::sourceparts={parts}",
            f"Dir::State={self.folder}", f"Dir::State::status={self.folder}/status",
            f"Dir::Cache={self.folder}/cache", "APT::Sandbox::User=",
            "APT::Install-Recommends=false", "Acquire::Languages=none", "Acquire::Retries=3",
            "APT::Get::List-Cleanup=false", "Debug::NoLocking=true",
        ]

    def __call__(self, *words, **options):
        settings = [word for option in self.options for word in ("-o", option)]
        return must(["apt-get", "-q", "-y", *settings, *words], limit=1200, **options)

    def update(self):
        """Fetches the package lists, unless that was done before."""
        if not (self.folder / "updated").exists():
            self("update")
            (self.folder / "updated").touch()

    def packages(self, names):
        """The files of the packages and of all that they depend on."""
        self.update()
        self("install", "--download-only", *names)
        plan = re.findall(r"^Inst (\S+) ", self("install", "--simulate", *names), re.M)
        archives = self.folder / "cache" / "archives"
        return [next(archives.glob(f"{name.split(':')[0]}_*.deb")) for name in plan]

    def download(self, *names):
        """The files of the packages alone."""
        self.update()
        archives = self.folder / "cache" / "archives"
        self("download", *names, cwd=archives)
        return [next(archives.glob(f"{name}_*.deb")) for name in names]

    def source(self, name):
        """The original archive of a source package."""
        archives = self.folder / "cache" / "archives"
        with open(self.folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.update()
            self("source", "--download-only", name, cwd=archives)
        files = archives.glob(f"{name}_*.orig.tar.*")
        return next(file for file in files if file.suffix != ".asc")


def unpack(package, root):
    """As dpkg does it: links to directories, such as /bin, stay links."""
    root.mkdir(parents=True, exist_ok=True)
    files = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", root, "--keep-directory-symlink", "--no-same-owner"],
                   stdin=files.stdout, check=True)
    if files.wait() != 0:
        fail(f"{package} cannot be unpacked")


def finish(root):
    """The few things that programs miss when no package was configured."""
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if not (root / name).exists():
            (root / name).write_text(content)
    for link, target in ALTERNATIVES.items():
        path = root / link.lstrip("/")
        if not path.is_symlink() and not path.exists() and (path.parent / target).exists():
            path.symlink_to(target)
    for name in ("proc", "dev", "sys", "tmp", "root", "run"):
        (root / name).mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)


def merged_usr(root):
    """Debian 12's /bin, /lib and /sbin are links into /usr."""
    for name in ("bin", "sbin", "lib"):
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")


def root_with(cache, architecture, packages):
    """The folder of a root file system that holds the packages, made once."""
    key = hashlib.sha256(" ".join(sorted(packages)).encode()).hexdigest()[:12]
    folder = (Path(cache) / "debian" / architecture).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    root = folder / f"root-{key}"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            half_made = folder / "unfinished"
            shutil.rmtree(half_made, ignore_errors=True)
            half_made.mkdir()
            merged_usr(half_made)
            for package in Apt(folder / "apt", architecture).packages(packages):
                unpack(package, half_made)
            finish(half_made)
            half_made.rename(root)
    return root
