"""The test suite of Debian's coreutils source package, run with a machine's own coreutils and shell
instead of built ones."""

import re
from pathlib import Path

from suite import must

# What configure would have found, as far as tests ask.
CONFIG = """#define HAVE_INOTIFY 1
#define HAVE_LINKAT 1
#define HAVE_OPENAT 1
#define HAVE_UTIMENSAT 1
#define USE_XATTR 1
"""

# tests/local.mk: what the Makefile sets, and how it runs the two kinds of tests. Prints the name and
# the exit status of each test, and keeps what the tests say.
RUN = r"""
. tests/lang-default
. tests/envvar-check
top=$PWD
export LOCALE_FR=none LOCALE_FR_UTF8=none LC_ALL=C TZ=UTC0
export abs_top_builddir="$top" abs_top_srcdir="$top" abs_srcdir="$top" srcdir=. top_srcdir=.
export CONFIG_HEADER="$top/config.h" built_programs="$(cat built)" fail=0 host_os=linux-gnu
export host_triplet=unknown-linux-gnu CC=false AWK=gawk EGREP='grep -E' EXEEXT= MAKE=false
export PERL=perl SHELL=/bin/sh VERSION=@VERSION@ PACKAGE_VERSION=@VERSION@
PATH="$top/src:$PATH"
for tst; do
  export CU_TEST_NAME=coreutils,$(echo "$tst" | sed 's,/,-,g')
  case $tst in
    *.pl) set -- perl -w -I./tests -MCuSkip -MCoreutils -M"CuTmpdir qw($tst)" "$tst" ;;
    *) set -- /bin/sh "$tst" ;;
  esac
  "$@" < /dev/null > "$(echo "$tst" | sed 's,/,-,g').log" 2>&1 9>&2
  echo "$tst $?"
done
"""


def limits(long_bits, char_signed):
    """What the suite's own program getlimits prints of integers."""
    signed = {"SCHAR": 8, "SHRT": 16, "INT": 32, "LONG": long_bits, "SSIZE": long_bits,
              "TIME_T": 64, "PID_T": 32, "OFF_T": 64, "INTMAX": 64}
    unsigned = {"UCHAR": 8, "UINT": 32, "ULONG": long_bits, "SIZE": long_bits, "UID_T": 32,
                "GID_T": 32, "UINTMAX": 64}
    (signed if char_signed else unsigned)["CHAR"] = 8
    lines = []
    for name, bits in signed.items():
        top = 2 ** (bits - 1)
        lines += [f"{name}_MAX={top - 1}", f"{name}_OFLOW={top}",
                  f"{name}_MIN=-{top}", f"{name}_UFLOW=-{top + 1}"]
    for name, bits in unsigned.items():
        lines += [f"{name}_MAX={2 ** bits - 1}", f"{name}_OFLOW={2 ** bits}"]
    return "\n".join(lines)


def unpack_tests(archive, folder, *, long_bits, char_signed):
    """The suite in a fresh folder, with what building coreutils would have added."""
    folder.mkdir(parents=True)
    must(["tar", "-xf", archive, "-C", folder, "--strip-components=1", "--no-same-owner"])
    (folder / "config.h").write_text(CONFIG)
    programs = sorted(page.stem for page in (folder / "man").glob("*.x"))
    (folder / "built").write_text(" ".join(programs) + "\n")
    getlimits = folder / "src" / "getlimits"
    getlimits.write_text(f"#!/bin/sh\ncat <<END\n{limits(long_bits, char_signed)}\nEND\n")
    getlimits.chmod(0o755)
    version = re.search(r"coreutils_([0-9.]+)\.orig", Path(archive).name)[1]
    (folder / "run-tests").write_text(RUN.replace("@VERSION@", version))


def statuses(output):
    return dict(re.findall(r"^(tests/\S+) (\d+)$", output, re.M))
