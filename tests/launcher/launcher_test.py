#!/usr/bin/env python3
"""The command line: exit statuses and messages.

launcher_test.py EMULATE TEST_PLUGINS GUESTS CLASS: TEST_PLUGINS holds the plugins of the registry's
unit tests, GUESTS the guest programs of one machine that emulate's own plugins run.
"""

import errno
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

EMULATE, PLUGINS, GUESTS = (pathlib.Path(p).resolve() for p in sys.argv[1:4])
TEST_MACHINE = 0xFE01  # good.so's


def elf(machine=TEST_MACHINE, os_abi=9, interpreter=""):
    """A 64-bit little-endian executable with one segment."""
    count = 2 if interpreter else 1
    path = interpreter.encode() + b"\0"
    ident = b"\x7fELF\x02\x01\x01" + bytes([os_abi]) + bytes(8)
    data = ident + struct.pack("<HHIQQQI6H", 2, machine, 1, 0x10000, 64, 0, 0, 64, 56, count, 0, 0, 0)
    data += struct.pack("<2I6Q", 1, 5, 0, 0x10000, 0x10000, 0x200, 0x200, 4096)
    if interpreter:
        data += struct.pack("<2I6Q", 3, 4, 0x100, 0x10100, 0x10100, len(path), len(path), 1)
    return (data.ljust(0x100, b"\0") + path).ljust(0x200, b"\0")


class LauncherTest(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="emulate-launcher-"))
        self.addCleanup(shutil.rmtree, self.dir)

    def file(self, name, content, mode=0o755):
        path = self.dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
        return path

    def plugins(self, *names):
        """A plugin directory with copies of some of the test plugins."""
        directory = self.dir / "plugins"
        directory.mkdir(exist_ok=True)
        directory.chmod(0o755)
        for name in names:
            copy = directory / f"{name}.so"
            shutil.copy(PLUGINS / f"{name}.so", copy)
            copy.chmod(0o755)
        return directory

    def emulate(self, *args, env=None, cwd=None, emulate=EMULATE):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("EMULATE_")}
        environment.update(env or {})
        return subprocess.run([emulate, *args], env=environment, cwd=cwd, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=60)

    def fails(self, status, message, *args, **keywords):
        """emulate prints exactly `message` (a regular expression) and leaves with `status`."""
        result = self.emulate(*args, **keywords)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, re.compile(rf"\A{message}\Z"))
        self.assertEqual(result.returncode, status)

    def prints(self, *args, **keywords):
        result = self.emulate(*args, **keywords)
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.returncode, 0)
        return result.stdout


class Usage(LauncherTest):
    def test_no_program(self):
        self.fails(1, "emulate: no program given; try emulate --help\n")

    def test_unknown_option(self):
        self.fails(1, "emulate: unknown option --frob; try emulate --help\n", "--frob", "prog")

    def test_missing_value(self):
        self.fails(1, "emulate: -L: .*; try emulate --help\n", "-L")

    def test_stack_size(self):
        for bad in ("8q", "-1", "k", "", "0", "99999999999g"):
            if bad:
                self.fails(1, f"emulate: -s {bad}: not a size; say 8m, for example\n", "-s", bad, "p")

    def test_variable_without_value(self):
        self.fails(1, "emulate: -E NAME: must be VAR=VALUE\n", "-E", "NAME", "p")

    def test_osreldate_is_a_number(self):
        self.fails(1, "emulate: .*--osreldate.*; try emulate --help\n", "--osreldate", "x", "p")

    def test_unknown_log_channel(self):
        self.fails(1, "emulate: unknown log channel 'noise'; there are in_asm, .*, all\n",
                   "-d", "noise", "p")

    def test_log_file_that_cannot_be_written(self):
        self.fails(1, "emulate: cannot write the log to /nonexistent/log: No such file or "
                      "directory\n", "-d", "all", "-D", "/nonexistent/log", "p")

    def test_plugin_directory_that_is_none(self):
        self.fails(1, "emulate: --plugin-dir /nonexistent: no such directory\n",
                   "--plugin-dir", "/nonexistent", "p")

    def test_help_names_every_option(self):
        text = self.prints("--help")
        for option in ("-L", "-E", "-U", "-0,--argv0", "-s", "--cpu", "--engine", "--list",
                       "--plugin-dir", "--strace", "-d", "-D", "--osreldate", "--version"):
            self.assertRegex(text, rf"(?m)^  {re.escape(option)}\b")
        self.assertIn("Usage: emulate [options] program [arguments]", text)

    def test_version(self):
        self.assertRegex(self.prints("--version"), r"\Aemulate \d+\.\d+\.\d+ \(plugin API \d+\.\d+\)\n")

    def test_log_channels_are_listed(self):
        self.assertRegex(self.prints("-d", "help"), r"\ALog channels: in_asm, .*\bmmap\b.*, all\n\Z")


class Programs(LauncherTest):
    def test_missing(self):
        path = self.dir / "none"
        self.fails(127, f"emulate: {path}: No such file or directory\n", path)

    def test_name_that_is_nowhere(self):
        self.fails(127, "emulate: nonesuch: not found\n", "nonesuch", env={"PATH": str(self.dir)})

    def test_directory(self):
        self.fails(126, f"emulate: {self.dir}: is a directory\n", self.dir)

    def test_no_execute_permission(self):
        path = self.file("prog", elf(), mode=0o644)
        self.fails(126, f"emulate: {path}: Permission denied\n", path)

    def test_not_elf(self):
        path = self.file("prog", b"some text, no program at all\n")
        self.fails(126, f"emulate: {path}: not an ELF file.*\n", path)

    def test_truncated(self):
        path = self.file("prog", elf()[:100])
        self.fails(126, f"emulate: {path}: truncated program headers\n", path)

    def test_truncated_segment(self):
        path = self.file("prog", elf()[:0x180])
        result = self.emulate("--plugin-dir", self.plugins("good"), path)
        self.assertIn(result.returncode, (125, 126))
        self.assertNotEqual(result.stderr, "")

    def test_unknown_machine(self):
        path = self.file("prog", elf(machine=0xFE77))
        self.fails(126, rf"emulate: {path}: no plugin runs FreeBSD programs for ELF machine 65143 "
                        r"\(64-bit, little-endian\); looked in .*lib/emulate/plugins\n", path)

    def test_missing_interpreter(self):
        path = self.file("prog", elf(interpreter="/libexec/ld-elf-none.so.1"))
        self.fails(127, f"emulate: {path}: .*/libexec/ld-elf-none.so.1.*-L.*\n",
                   "--plugin-dir", self.plugins("good"), path)

    def test_unknown_cpu(self):
        path = self.file("prog", elf())
        self.fails(125, "emulate: --cpu z80: not a CPU of testcpu; known: basic\n",
                   "--plugin-dir", self.plugins("good"), "--cpu", "z80", path)

    def test_script_without_interpreter(self):
        path = self.file("script", b"#!/nonexistent/shell\n")
        self.fails(127, "emulate: .*/nonexistent/shell.*\n", path)


class Plugins(LauncherTest):
    def test_broken_plugin_is_named_when_no_machine_is_found(self):
        directory = self.plugins("wrong_major")
        path = self.file("prog", elf())
        self.fails(126, rf"emulate: {path}: no plugin runs .*\n"
                        rf"emulate: plugin {directory}/wrong_major.so: refused: built for plugin API "
                        r"99\.\d+ .*, this emulate has \d+\.\d+ .*\n",
                   "--plugin-dir", directory, path)

    def test_unsafe_directory(self):
        directory = self.plugins("good")
        directory.chmod(0o777)
        path = self.file("prog", elf())
        self.fails(126, rf"emulate: {path}: no plugin runs .*\n"
                        rf"emulate: plugin {directory}: refused: unsafe permissions: .*\n",
                   "--plugin-dir", directory, path)

    def test_list(self):
        directory = self.plugins("good", "no_index")
        lines = self.prints("--plugin-dir", directory, "--list").splitlines()
        self.assertRegex(lines[0], r"MACHINE +SYSTEMS +PLUGIN +FILE")
        self.assertRegex(lines[1], rf"testcpu +FreeBSD +good 1\.2 +{directory}/good\.so")
        self.assertRegex(lines[2], rf"plaincpu +FreeBSD +no_index 1\.0 +{directory}/no_index\.so")

    def test_list_reports_refusals(self):
        directory = self.plugins("good", "wrong_magic")
        result = self.emulate("--plugin-dir", directory, "--list")
        self.assertEqual(result.returncode, 0)
        self.assertIn("testcpu", result.stdout)
        self.assertRegex(result.stderr, rf"\Aemulate: plugin {directory}/wrong_magic\.so: refused: "
                                        r"bad magic .*\n\Z")

    def test_own_machines_come_with_emulate(self):
        self.assertRegex(self.prints("--list"), r"(?m)^aarch64 +FreeBSD")

    def test_cpu_help(self):
        directory = self.plugins("good")
        self.assertRegex(self.prints("--plugin-dir", directory, "--cpu", "help"),
                         r"(?m)^testcpu +basic +Test CPU \(default\)$")

    def test_plugin_path_variable(self):
        directory = self.plugins("good")
        self.assertIn("testcpu", self.prints("--list", env={"EMULATE_PLUGIN_PATH": f"/none:{directory}"}))

    def test_plugins_are_found_beside_a_moved_executable(self):
        (self.dir / "bin").mkdir()
        copy = self.dir / "bin" / "emulate"
        shutil.copy(EMULATE, copy)
        own = self.dir / "lib" / "emulate" / "plugins"
        own.mkdir(parents=True)
        shutil.copy(PLUGINS / "good.so", own / "good.so")
        for path in (own, own / "good.so"):
            path.chmod(0o755)
        self.assertRegex(self.prints("--list", emulate=copy), rf"{own}/good\.so")

    def test_loader_channel_names_the_plugin(self):
        directory = self.plugins("good")
        log = self.dir / "log"
        path = self.file("prog", elf(interpreter="/libexec/none"))
        self.emulate("--plugin-dir", directory, "-d", "loader", "-D", log, path)
        self.assertEqual(log.read_text(), f"{directory}/good.so: loaded plugin good\n")


class Guests(LauncherTest):
    """With programs that run."""

    child = GUESTS / "child"

    def test_exit_status_is_the_programs(self):
        self.assertEqual(self.emulate(self.child, "exit", "37").returncode, 37)

    def test_options_end_at_the_program(self):
        self.assertEqual(self.prints(self.child, "echo", "-L", "-strace", "--help", "--"),
                         "-L\n-strace\n--help\n--\n")

    def test_stack_that_cannot_be(self):
        self.fails(125, f"emulate: {self.child}: cannot lay out the stack: Cannot allocate memory\n",
                   "-s", "9999999g", self.child, "exit", "0")

    def test_set_variable(self):
        self.assertEqual(self.prints("-E", "A=1", "-E", "A=2=3", self.child, "env", "A"), "2=3\n")
        self.assertEqual(self.prints("-E", "A=1", self.child, "env", "A", env={"A": "0"}), "1\n")

    def test_unset_variable(self):
        self.assertEqual(self.prints(self.child, "env", "A", env={"A": "0"}), "0\n")
        self.assertEqual(self.prints("-U", "A", self.child, "env", "A", env={"A": "0"}), "(none)\n")

    def test_variables_from_the_environment(self):
        env = {"EMULATE_SET_ENV": "A=1,B=2", "EMULATE_UNSET_ENV": "C", "C": "3"}
        for name, value in (("A", "1"), ("B", "2"), ("C", "(none)")):
            self.assertEqual(self.prints(self.child, "env", name, env=env), value + "\n")

    @unittest.skipUnless(os.geteuid() == 0, "jails are the superuser's")
    def test_other_machines_in_jails(self):
        for root in ("inner", "outer/inner"):
            (self.dir / root).mkdir(parents=True)
            shutil.copy(GUESTS / "jail", self.dir / root / "program")
        (self.dir / "outer/proc").mkdir()
        other = GUESTS.parent / "mips/jail"
        shutil.copy(other, self.dir / "outer/jail")
        inside = "jailed 1, inmate, in /\n"
        made = self.emulate(other, "exec", self.dir / "inner", "/program")
        if made.returncode == errno.EPERM:
            self.skipTest("the host lets nobody make jails")
        self.assertEqual(made.stdout, inside)
        self.assertEqual(self.prints("--root", self.dir / "outer", "/jail", "exec", "/inner",
                                     "/program"), inside)

    def test_argv0(self):
        self.assertEqual(self.prints(self.child, "name"), f"{self.child}\n")
        self.assertEqual(self.prints("-0", "other", self.child, "name"), "other\n")
        self.assertEqual(self.prints("--argv0=other", self.child, "name"), "other\n")
        self.assertEqual(self.prints(self.child, "name", env={"EMULATE_ARGV0": "third"}), "third\n")

    def test_current_directory_comes_before_path(self):
        self.assertEqual(self.prints("child", "echo", "here", cwd=GUESTS, env={"PATH": "/nonexistent"}),
                         "here\n")

    def test_path_search(self):
        self.assertEqual(self.prints("child", "echo", "found", cwd=self.dir,
                                     env={"PATH": f"/nonexistent:{GUESTS}"}), "found\n")

    def test_prefix(self):
        shutil.copy(self.child, self.file("root/prog", b""))
        (self.dir / "root" / "prog").chmod(0o755)
        self.assertEqual(self.prints("-L", self.dir / "root", "/prog", "echo", "inside"), "inside\n")
        self.assertEqual(self.prints("/prog", "echo", "inside",
                                     env={"EMULATE_PREFIX": str(self.dir / "root")}), "inside\n")

    def test_strace(self):
        for option in ("-strace", "--strace"):
            result = self.emulate(option, self.child, "exit", "3")
            self.assertEqual(result.returncode, 3)
            self.assertRegex(result.stderr, r"(?m)\bexit\(3\)")

    def test_log_file_with_process_id(self):
        result = self.emulate("-strace", "-D", self.dir / "log.%d", self.child, "exit", "3")
        self.assertEqual((result.returncode, result.stderr), (3, ""))
        logs = list(self.dir.glob("log.*"))
        self.assertEqual(len(logs), 1)
        self.assertRegex(logs[0].name, r"log\.\d+")
        self.assertRegex(logs[0].read_text(), r"\bexit\(3\)")

    def test_log_descriptor_is_hidden_from_the_program(self):
        plain = self.prints(self.child, "fds")
        logged = self.emulate("-d", "loader", "-D", self.dir / "log", self.child, "fds")
        self.assertEqual(logged.stdout, plain)


class Unknown(LauncherTest):
    """--unknown, and the ledger of what programs asked for in vain."""

    asks = GUESTS / "asks"

    def test_answers(self):
        for answer, signals in (("", 2), ("enosys", 0), ("sigsys", 2)):
            r = self.emulate(*(["--unknown", answer] if answer else []), self.asks)
            self.assertEqual((r.stdout, r.returncode), (f"signals {signals}\n", 0), answer)
        r = self.emulate(self.asks, env={"EMULATE_UNKNOWN": "abort"})
        self.assertEqual(r.returncode, -6)
        self.assertIn("asked for the system call syscall#600", r.stderr)
        r = self.emulate("--unknown", "maybe", self.asks)
        self.assertEqual(r.returncode, 1)
        self.assertIn("must be enosys, sigsys or abort", r.stderr)

    def test_ledger(self):
        ledger = self.dir / "ledger"
        for arguments in ([], ["twice"]):
            r = self.emulate(self.asks, *arguments, env={"EMULATE_LEDGER": str(ledger)})
            self.assertEqual(r.returncode, 0)
        entries = [json.loads(line) for line in ledger.read_text().splitlines()]
        self.assertEqual(len(entries), 3)
        for entry in entries:
            self.assertEqual((entry["program"], entry["os"]), (str(self.asks), "FreeBSD"))
            missing = {m["kind"]: m for m in entry["missing"]}
            self.assertEqual((missing["call"]["name"], missing["call"]["count"]), ("syscall#600", 2))
            self.assertEqual(missing["sysctl"]["name"], "2.12345")
            self.assertIn("ioctl", missing)
        self.assertEqual(sum(len(e["missing"]) == 4 for e in entries), 2)
        r = self.emulate("ledger", ledger)
        self.assertEqual(r.returncode, 0)
        self.assertRegex(r.stdout, r"\n +3 +6  call +syscall#600 +asks\n")
        self.assertRegex(r.stdout, r"\n +2 +2  instruction +")

    def test_ledger_errors(self):
        self.assertIn("no file given", self.emulate("ledger").stderr)
        self.assertIn("No such file", self.emulate("ledger", self.dir / "none").stderr)
        bad = self.file("bad", b'{"program":"x"')
        r = self.emulate("ledger", bad)
        self.assertEqual(r.returncode, 1)
        self.assertIn(f"{bad}:1: not an entry", r.stderr)
        r = self.emulate(self.asks, env={"EMULATE_LEDGER": "/nonexistent/ledger"})
        self.assertEqual(r.returncode, 1)
        self.assertIn("cannot write the ledger", r.stderr)


unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
