#!/usr/bin/env python3
"""tests/guide/guide.py DISTROSIM [--renew] [PAGE...] -- what the guide shows is what one sees.

A block of a page whose lines begin with "$ " is a session: each command is run by a shell from a folder where
scenarios/ is the repository's and distrosim the given one, and what follows it up to the next command must be
what it prints. Lines that begin with "took" tell the speed of a machine and are left out, on pages too.
The sessions of one page run in one folder, in order.

Events that the prose quotes as `#9 <- #8` must stand so in an output.
A figure in the prose (a number with a unit) must stand in an output or the story of its page, or among the timers
on the guide's first page: text cannot go on claiming what the runs no longer say. Each story ends on every seed
as expected.tsv says: held, or one of the verdicts named there.

--renew writes what is printed now into the pages, and reports the figures of the prose that are then stale. The
translations (*.zh-CN.md) follow by tests/zh/parity.py --renew, which holds them to these pages.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GUIDE = os.path.join("scenarios", "guide")
UNITS = r"(?:us|ms|s|min|minutes?|seconds?|hours?|%|B|KiB|MiB|GiB|B/s|messages?|bytes|runs?|seeds?|events?|instances?)"
FIGURE = re.compile(r"(?<![\w.:/-])(\d[\d,]*(?:\.\d+)?) ?(%s)(?![\w-])" % UNITS)
# How long it took, and how far a command had come when a busy machine kept it waiting.
SPEED = re.compile(r"^ *took  |^distrosim: \S+ s of virtual time, |^distrosim: .*/s, .* left$")
SEEDS = "1..20"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Session:
    """A folder in which the commands of a page run."""

    def __init__(self, distrosim):
        self.folder = tempfile.TemporaryDirectory()
        self.path = self.folder.name
        os.mkdir(os.path.join(self.path, ".bin"))
        os.symlink(distrosim, os.path.join(self.path, ".bin", "distrosim"))
        os.symlink(os.path.join(ROOT, "scenarios"), os.path.join(self.path, "scenarios"))
        self.environment = {"PATH": os.path.join(self.path, ".bin") + ":/usr/local/bin:/usr/bin:/bin",
                            "HOME": self.path, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}

    def run(self, command):
        done = subprocess.run(["/bin/sh", "-c", command], cwd=self.path, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=300)
        said = done.stdout.replace(ROOT + "/", "")
        return [line for line in said.split("\n")[:-1] if not SPEED.match(line)]

    def close(self):
        self.folder.cleanup()


def parts(page):
    """("text" or "block", lines) in order; a block includes its fences."""
    kept, kind = [], "text"
    for line in page.split("\n"):
        if line.startswith("```") and kind == "text":
            yield kind, kept
            kept, kind = [line], "block"
        elif line.startswith("```"):
            yield kind, kept + [line]
            kept, kind = [], "text"
        else:
            kept.append(line)
    yield kind, kept


def is_session(lines):
    return lines[0] == "```" and len(lines) > 2 and lines[1].startswith("$ ")


def play(lines, session):
    """The block as it comes out now."""
    out = [lines[0]]
    body, at = lines[1:-1], 0
    while at < len(body):
        command = body[at][2:]
        out.append(body[at])
        at += 1
        while command.endswith("\\") and at < len(body):
            out.append(body[at])
            command = command[:-1] + body[at].lstrip("> ")
            at += 1
        out += session.run(command)
        while at < len(body) and not body[at].startswith("$ "):
            at += 1
    return out + [lines[-1]]


def figures(text):
    return {(number, unit) for number, unit in FIGURE.findall(text)}


def says(known, number, unit):
    """Is there such a figure? A minute may be told as 60 s, and 1 as 1.0."""
    value = float(number.replace(",", ""))
    factor = {"ms": 1e-3, "us": 1e-6, "min": 60, "minute": 60, "minutes": 60, "hour": 3600, "hours": 3600}.get(unit, 1)
    for other in known:
        if abs(other - value * factor) < 1e-9 * max(1.0, abs(other)):
            return True
    return any(abs(other - value) < 1e-9 * max(1.0, abs(other)) for other in known)


def numbers(text):
    """All numbers of a text, with durations in seconds as well."""
    found = set()
    for number, unit in re.findall(r"(\d[\d,]*(?:\.\d+)?) ?(ms|us|s|min|minutes|hours)?\b", text):
        value = float(number.replace(",", ""))
        found.add(value)
        found.add(value * {"ms": 1e-3, "us": 1e-6, "min": 60, "minutes": 60, "hours": 3600}.get(unit, 1))
    for unit, number in re.findall(r"\b(us|ms|s|minutes|hours|percent)\(([\d.]+)\)", text):
        found.add(float(number) * {"ms": 1e-3, "us": 1e-6, "minutes": 60, "hours": 3600}.get(unit, 1))
    return found


class Page:
    def __init__(self, path, distrosim):
        self.path, self.distrosim = path, distrosim
        self.text = read(path)

    def renewed(self):
        session = Session(self.distrosim)
        try:
            return "\n".join("\n".join(play(lines, session) if kind == "block" and is_session(lines) else lines)
                             for kind, lines in parts(self.text))
        finally:
            session.close()

    def stale_figures(self, timers):
        """(line number, figure) of the prose that nothing on the page bears out."""
        known = set(timers)
        story = os.path.splitext(self.path)[0] + ".lua"
        if os.path.exists(story):
            known |= numbers(read(story))
        for kind, lines in parts(self.text):
            if kind == "block":
                known |= numbers("\n".join(lines))
        printed = "\n".join("\n".join(lines) for kind, lines in parts(self.text) if kind == "block")
        at = 1
        for kind, lines in parts(self.text):
            for offset, line in enumerate(lines):
                if kind == "text":
                    for quoted in re.findall(r"`(#\d+ <- #\d+)`", line):
                        if quoted + "\n" not in printed + "\n":
                            yield at + offset, quoted
                    for number, unit in sorted(figures(re.sub(r"\]\([^)]*\)", "]", line))):
                        if not says(known, number, unit):
                            yield at + offset, number + " " + unit
            at += len(lines)


def report_difference(path, old, new):
    old, new = old.split("\n"), new.split("\n")
    at = next((i for i, pair in enumerate(zip(old, new)) if pair[0] != pair[1]), min(len(old), len(new)))
    print("FAIL  %s:%d: not what is printed now (--renew writes it)" % (os.path.relpath(path, ROOT), at + 1))
    for mark, lines in (("page", old), ("now ", new)):
        for line in lines[at:at + 3]:
            print("      %s  %s" % (mark, line))


def check_stories(distrosim):
    """How many stories do not end as expected.tsv says."""
    failed = 0
    folder = os.path.join(ROOT, GUIDE)
    expected = dict(line.split("\t")[:2] for line in read(os.path.join(folder, "expected.tsv")).split("\n")
                    if line and not line.startswith("#"))
    stories = sorted(name[:-4] for name in os.listdir(folder) if name.endswith(".lua"))
    for name in sorted(set(stories) ^ set(expected)):
        failed += 1
        print("FAIL  %s stands only in %s" % (name, "expected.tsv" if name in expected else "the folder"))
    session = Session(distrosim)
    for name in stories:
        session.run("distrosim sweep %s/%s.lua --seeds %s --jobs 2 --quiet --out out" % (GUIDE, name, SEEDS))
        table = read(os.path.join(session.path, "out", "sweep", name, "sweep.csv")).split("\n")
        column = table[0].split(",").index("verdict")
        verdicts = {row.split(",")[column] for row in table[1:] if row}
        if verdicts != set(expected.get(name, "").split(",")):
            failed += 1
            print("FAIL  %s ends %s, expected.tsv says %s" % (name, ",".join(sorted(verdicts)), expected.get(name)))
    session.close()
    return len(stories), failed


def main():
    arguments = sys.argv[1:]
    renew = "--renew" in arguments
    arguments = [argument for argument in arguments if argument != "--renew"]
    if not arguments or not os.access(arguments[0], os.X_OK):
        sys.stderr.write("usage: tests/guide/guide.py DISTROSIM [--renew] [PAGE...]\n")
        return 64
    distrosim = os.path.abspath(arguments[0])
    folder = os.path.join(ROOT, GUIDE)
    pages = [os.path.abspath(page) for page in arguments[1:]] or \
        [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".md") and not name.endswith(".zh-CN.md")]
    timers = numbers(read(os.path.join(folder, "README.md")))
    failed = 0
    for path in pages:
        page = Page(path, distrosim)
        now = page.renewed()
        if now != page.text and renew:
            with open(path, "w", encoding="utf-8") as file:
                file.write(now)
            page.text = now
            print("wrote %s" % os.path.relpath(path, ROOT))
        elif now != page.text:
            failed += 1
            report_difference(path, page.text, now)
        if path.endswith("README.md"):
            continue
        for line, figure in page.stale_figures(timers):
            failed += 1
            print("FAIL  %s:%d: no output of the page says %s" % (os.path.relpath(path, ROOT), line, figure))
    stories, wrong = check_stories(distrosim) if len(arguments) == 1 else (0, 0)
    failed += wrong
    print("%d pages, %d stories, %d failed" % (len(pages), stories, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
