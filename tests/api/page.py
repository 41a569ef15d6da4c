#!/usr/bin/env python3
"""tests/api/page.py DISTROSIM -- scenarios/API.md says all there is, and what it shows runs.

Every Lua example of the page is played. Every name that the implementation has must stand on the page:
verbs, fields, checks and globals (from meta/distrosim.lua, which a unit test holds against the registered
verbs), trace events, options, exit statuses, keys of summary.json, columns of tables. Every event and
figure that the page names must be accepted.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EVENT = re.compile(
    r'"((?:node|member|rpc|owner|link|message|sync|verify|snapshot|write|lease|beat|status|client|bridge|config)'
    r'\.[a-z_]+)"')
failures = []


def fail(text):
    failures.append(text)
    print("FAIL  " + text)


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def section(page, number):
    return re.search(r"^## %d\. .*?(?=^## |\Z)" % number, page, re.M | re.S).group(0)


def spans(text):
    """All words in `code spans` and code blocks of a page."""
    text = re.sub(r"^```[a-z]*\n(.*?)^```", lambda block: "`" + block.group(1).replace("`", "") + "`", text,
                  flags=re.M | re.S)
    return set(re.findall(r"[A-Za-z_][\w.-]*|--[a-z-]+|\d+", " ".join(re.findall(r"`([^`]+)`", text))))


def words_of(text):
    """The same, with the parts of what is joined by dots."""
    found = spans(text)
    return found | {part for word in found for part in word.split(".")}


class Command:
    def __init__(self, path, folder):
        self.path, self.folder = path, folder

    def run(self, *arguments, text=None, name="page"):
        arguments = list(arguments)
        if text is not None:
            file = os.path.join(self.folder, name + ".lua")
            with open(file, "w", encoding="utf-8") as out:
                out.write(text)
            arguments.append(file)
        done = subprocess.run([self.path, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr


def play_examples(page, command):
    blocks = re.findall(r"^```lua\n(.*?)^```", page, re.M | re.S)
    for number, block in enumerate(blocks, 1):
        if block.startswith("topology"):
            block = "return scenario {\n" + block.rstrip().rstrip(",") + ",\n story = function(w) wait(s(30)) end }\n"
        status, _, why = command.run("run", "--seed", "1", "--quiet", text=block, name="example")
        if status != 0:
            fail("example %d of the page ends with %d: %s" % (number, status, why.strip()))
    return len(blocks)


def check_annotations(page):
    meta = read("scenarios", "meta", "distrosim.lua")
    known = words_of(page)
    names = re.findall(r"^function (?:\w+[:.])?(\w+)\(", meta, re.M)
    names += re.findall(r"^---@field (\w+)", meta, re.M)
    names += re.findall(r"[{,] (\w+): [^,}]+\?", meta)
    for name in sorted(set(names) - known):
        fail("meta/distrosim.lua has '%s', the page does not" % name)
    for check in re.findall(r"^function (checks\.\w+)", meta, re.M):
        if check not in spans(page):
            fail("the page lacks " + check)
    return len(set(names))


def check_events(page, command):
    table = section(page, 8)
    named = []
    for family, events in re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.M):
        named += [family + "." + event for event in re.findall(r"`(\w+)`", events)]
    there = set()
    sources = subprocess.run(["git", "-C", ROOT, "ls-files", "sim/*.[ch]", "sim/*.def", "core/*.[ch]"],
                             capture_output=True, text=True, check=True).stdout.split()
    for source in sources:
        there |= set(EVENT.findall(read(source)))
    if len(there) < 60:
        fail("only %d events found in the sources: the pattern of this test is out of date" % len(there))
    for event in sorted(there - set(named)):
        fail("the page lacks the event " + event)
    status, _, why = command.run("check", text="return scenario { topology = { nodes = 1 }, must_see = { %s },\n"
                                 " story = function() end }" % ", ".join('"%s"' % event for event in named))
    if status != 0:
        fail("must_see refuses an event of the page: " + why.strip())
    return len(named)


def figures_of(page):
    text = re.search(r"^\| figure \| unit \|.*?(?=^## )", section(page, 6) + "## ", re.M | re.S).group(0)
    figures = [figure for figure in re.findall(r"`([a-z_.0-9]+)`", text.replace(".md", ""))
               if not figure.startswith(".") and figure not in ("summary.json",)]
    return [figure for figure in figures if figure not in ("local", "push", "retry", "verify", "snapshot", "lease")]


def check_figures(page, command):
    limits = {"number": "1e9", "duration": "hours(99)", "size": "mib(1e6)"}
    for figure in figures_of(page):
        held = []
        for limit in limits.values():
            status, _, _ = command.run("run", "--seed", "1", "--quiet", text="return scenario { topology = { nodes = 1 },"
                                       " budget = { ['%s'] = %s }, story = function() end }" % (figure, limit))
            held.append(status)
        if 0 not in held:
            fail("no budget takes the figure " + figure)


def check_command(page, command):
    section7 = section(page, 7) + section(page, 9)
    known = spans(section7)
    _, text, _ = command.run("--help")
    for name in re.findall(r"^  ([a-z]+) ", text, re.M):
        if "distrosim " + name not in section7:
            fail("the page lacks the command " + name)
        _, options, _ = command.run("help", name)
        for option in re.findall(r"^  (--[a-z-]+)", options, re.M):
            if option not in known:
                fail("the page lacks %s of %s" % (option, name))
    for status in re.findall(r"= (\d+),$", read("tools", "distrosim", "cli", "status.h"), re.M):
        if not re.search(r"\b%s\b" % status, section7):
            fail("the page lacks the exit status " + status)


def check_files(page, command):
    section7 = section(page, 7)
    known = words_of(section7)
    story = ("return scenario { topology = { sites = { a = 2, b = 2 }, wan = { rtt = ms(20) } }, story = function(w)\n"
             " local k = w:client { server = 'a' } wait(s(5)) k:register { service = 'x' } wait(s(5))\n"
             " measure('m', 1) end }")
    status, said, why = command.run("run", "--seed", "1", "--json", "--out", "out", text=story, name="files")
    if status != 0:
        fail("a run ends with %d: %s" % (status, why))
        return
    summary = json.loads(said)

    for key in summary:
        if key not in known:
            fail("the page lacks the key %s of summary.json" % key)
    stable = ["schema", "scenario", "seed", "params", "profile", "verdict", "reason", "first_violation", "violations",
              "fingerprint", "virtual_us", "events", "messages", "bytes", "convergence", "heal_to_agree_us",
              "lost_instance_us", "zombie_instance_us", "unavailable_writes", "amplification", "peak_pending",
              "measures", "version", "wall"]
    for key in stable:
        if key not in summary:
            fail("summary.json has no %s any more" % key)
    for folder, _, files in os.walk(os.path.join(command.folder, "out")):
        for file in files:
            if file not in known and not file.endswith(".tsv"):
                fail("the page lacks the file " + file)
            if file.endswith(".csv"):
                with open(os.path.join(folder, file), encoding="utf-8") as table:
                    columns = table.readline().rstrip("\n").split(",")
                head = ",".join(column for column in columns if ":" not in column)
                by_site = {column.split(":")[0] for column in columns if ":" in column}
                if file != "arrivals.csv" and "`" + head + "`" not in section7:
                    fail("the page gives other columns of %s than %s" % (file, head))
                for column in by_site:
                    if "`%s:SITE`" % column not in section7 and "`%s:NODE`" % column not in section7:
                        fail("the page lacks the columns %s:SITE of %s" % (column, file))
    command.run("sweep", "--seeds", "1..2", "--quiet", "--out", "out", text=story, name="files")
    with open(os.path.join(command.folder, "out", "sweep", "files", "sweep.csv"), encoding="utf-8") as table:
        for column in table.readline().rstrip("\n").split(","):
            if column not in known and not column.startswith("measure."):
                fail("the page lacks the column %s of sweep.csv" % column)


def main():
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        sys.stderr.write("usage: tests/api/page.py DISTROSIM\n")
        return 64
    page = read("scenarios", "API.md")
    with tempfile.TemporaryDirectory() as folder:
        command = Command(os.path.abspath(sys.argv[1]), folder)
        examples = play_examples(page, command)
        names = check_annotations(page)
        events = check_events(page, command)
        check_figures(page, command)
        check_command(page, command)
        check_files(page, command)
    print("%d examples, %d names, %d events; %d failed" % (examples, names, events, len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
