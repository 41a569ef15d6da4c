"""tests/planted/rebuild.py -- the product with a changed core/, and what the stock scenarios say of it.

What tools/detection-table and tools/mutate have in common: files are compiled and the binary is linked as ninja does
it for the release build, in a folder of the caller's, and a sweep's table is read.
"""
import csv
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Rebuild:
    """Compiles and links by what ninja would do in @build."""

    def __init__(self, build):
        self.build, self.commands = pathlib.Path(build).resolve(), {}

    def command(self, target):
        if target not in self.commands:
            self.commands[target] = subprocess.run(
                ["ninja", "-C", str(self.build), "-t", "commands", target], check=True, capture_output=True,
                text=True).stdout.splitlines()[-1]
        return self.commands[target]

    def run(self, command, what):
        done = subprocess.run(command, shell=True, cwd=self.build, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{what} does not compile:\n{done.stderr[-3000:]}")

    def compile(self, name, text, made, options=""):
        """@text instead of the repository's file @name, without warnings, to the object @made."""
        path = pathlib.Path(f"{made}.c")
        path.write_text(text)
        library = "distro" if name.startswith("core/") else "distrosim_sim"
        command = self.command(f"CMakeFiles/{library}.dir/{name}.o")
        command = re.sub(r" -o \S+", lambda _: f" {options} -o {made}", command)
        command = re.sub(r" -MF \S+", f" -MF {made}.d", command).replace(str(ROOT / name), str(path))
        self.run(re.sub(r" -W\S+", " ", command) + " -w", name)

    def link(self, binary, objects):
        """What stands before a library on the line is taken instead of what the library has."""
        line = " ".join(str(each) for each in objects)
        self.run(self.command("distrosim").replace(" -o distrosim ", f" -o {binary} {line} "), "the binary")


def bounds():
    """A changed core may eat what it finds: no more than this."""
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 20, 256 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def sweep(binary, what, seeds, scratch, limit, jobs=1, environment=None):
    """(the rows of the sweep, ""); rows None, or with words: how it ended otherwise."""
    out = tempfile.mkdtemp(dir=scratch)
    try:
        process = subprocess.Popen(
            [str(binary), "sweep", *what, "--seeds", f"1..{seeds}", "--jobs", str(jobs), "--quiet", "--out", out],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})},
            start_new_session=True, preexec_fn=bounds)
        try:
            status = process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None, "does not end"
        if 64 <= status < 70:
            sys.exit(f"{binary}: the sweep itself was wrong: status {status}")
        tables = list(pathlib.Path(out).rglob("sweep.csv"))
        if status < 0 or status > 4 or not tables:
            return None, "aborts"
        with open(tables[0], newline="") as table:
            return list(csv.DictReader(table)), "is not deterministic" if status == 4 else ""
    finally:
        shutil.rmtree(out, ignore_errors=True)


def red(rows):
    """A run that proved nothing accuses no one."""
    return [row for row in rows if row["verdict"] not in ("held", "vacuous")]
