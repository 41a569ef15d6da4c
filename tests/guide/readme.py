#!/usr/bin/env python3
"""tests/guide/readme.py DISTROSIM [--renew] -- what README.md shows is what one sees.

The block after "./tools/run" is the flagship's output at the seed that its last line names, and each block whose
lines begin with "$ " a session, as in the guide (guide.py); the Lua block above a session is the file that its first command names.
A line "..." stands for any lines, a line that ends with "..." for what begins so. Lines that begin with "took", "files" or
"plots" tell of a machine or a folder.

--renew writes the flagship's output into the page; a session with "..." is a person's choice of lines.
"""
import os
import re
import sys

import guide

PAGE = "README.md"
FLAGSHIP = "scenarios/wan/regions-partition.lua"
LOCAL = re.compile(r"^ *(took|files|plots|again|picture|page|story)  *")


def kept(lines):
    return [line.rstrip() for line in lines if not LOCAL.match(line)]


def fits(shown, said):
    """Is @said what @shown shows, "..." left out?"""
    if not shown:
        return not said
    if shown[0].strip() == "...":
        return any(fits(shown[1:], said[i:]) for i in range(len(said) + 1))
    if not said:
        return False
    line = shown[0]
    same = said[0].startswith(line[:-3].rstrip()) if line.endswith("...") else said[0] == line
    return same and fits(shown[1:], said[1:])


def blocks(text):
    """(language, lines, start, end): the fenced blocks, by places in the text."""
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S):
        yield found.group(1), found.group(2).split("\n")[:-1], found.start(2), found.end(2)


def commands(lines):
    """(command, what it prints) of a session."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return found


def main():
    sys.setrecursionlimit(10000)
    renew = "--renew" in sys.argv[1:]
    words = [word for word in sys.argv[1:] if word != "--renew"]
    if len(words) != 1:
        sys.stderr.write("usage: tests/guide/readme.py DISTROSIM [--renew]\n")
        return 64
    path = os.path.join(guide.ROOT, PAGE)
    text = guide.read(path)
    session = guide.Session(os.path.abspath(words[0]))
    story, wrong, count = None, 0, 0
    for language, lines, start, end in blocks(text):
        if language == "lua":
            story = "\n".join(lines) + "\n"
            continue
        if lines and any(line.startswith("ok    wan/regions-partition") for line in lines):
            seed = re.search(r"seed (\d+)", "\n".join(lines)).group(1)
            said = session.run("distrosim run %s --seed %s" % (FLAGSHIP, seed))
            count += 1
            if kept(lines) == kept(said):
                continue
            if renew:
                took = [line for line in lines if LOCAL.match(line)]
                renewed = "\n".join(kept(said) + took) + "\n"
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text[:start] + renewed + text[end:])
                print("renewed: the flagship's output")
                return 0
            wrong += 1
            print("FAIL  the flagship prints:\n%s" % "\n".join(said))
            continue
        for command, shown in commands(lines):
            name = re.search(r"(\S+\.lua)", command)
            if story is not None and name is not None and "/" not in name.group(1):
                with open(os.path.join(session.path, name.group(1)), "w", encoding="utf-8") as file:
                    file.write(story)
            said = session.run(command)
            count += 1
            if shown and not fits(kept(shown), kept(said)):
                wrong += 1
                print("FAIL  $ %s\n%s" % (command, "\n".join(said)))
    session.close()
    print("%d outputs, %d failed" % (count, wrong))
    return 1 if wrong or count < 4 else 0


if __name__ == "__main__":
    sys.exit(main())
