#!/usr/bin/env python3
"""tests/zh/parity.py [--renew] -- a page and its Chinese translation say the same.

*.zh-CN.md is the translation of the page of that name beside it. The pages of TRANSLATED have one, and the third line
of each page leads to the other.
Both have the same number and levels of headings, the same code blocks byte for byte, and under each heading the
same links and pictures (a link to a page that is translated may go to the translation), the same code spans, the
same figures, numbers with their units, and tables of the same size with the same figures in each cell.

--renew copies code blocks, and cells of tables that hold figures only, from the pages into their translations: what
the outputs of a page say now its translation says, too. The test breaks a small pair in each way before it reads
the repository's.
"""
import fnmatch
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OTHER = ".zh-CN.md"
TRANSLATED = ("README.md", "scenarios/README.md", "scenarios/guide/*.md", "results/sites/ANSWER.md")

BLOCK = re.compile(r"^```\w*\n.*?^```$", re.M | re.S)
UNIT = r"(?:us|ms|s|min|%|B|KB|MB|KiB|MiB|GiB)"
FIGURE = re.compile(r"(\d[\d,]*(?:\.\d+)?)(?: ?(%s)(?![A-Za-z0-9_-]))?" % UNIT)
BARE = re.compile(r"(?:[\d.,() *%%x-]|\b%s\b)+" % UNIT)


def sections_of(text):
    """(level, body with its title) under each heading, without code blocks; what is before the first has level 0."""
    sections = [(0, [])]
    for line in BLOCK.sub("", text).split("\n"):
        heading = re.match(r"(#+) ", line)
        if heading:
            sections.append((len(heading.group(1)), [line[heading.end():]]))
        else:
            sections[-1][1].append(line)
    return [(level, "\n".join(lines)) for level, lines in sections]


def links_of(text):
    targets = [target.replace(OTHER, ".md") for target in re.findall(r"\]\(([^)]*)\)", text)]
    return sorted(re.sub(r"#.*", "", target) for target in targets)  # a heading's anchor is in its language


def spans_of(text):
    return sorted({re.sub(r"\s+", " ", span) for span in re.findall(r"`([^`]+)`", text)})


def figures_of(text):
    text = re.sub(r"\]\([^)]*\)|`[^`]*`", " ", text)
    found = FIGURE.findall(re.sub(r"\s+", " ", text))
    return sorted({(number.replace(",", "") + " " + unit).strip() for number, unit in found})


def cells_of(line):
    return line.strip().strip("|").split("|")


def rows_of(text):
    """The figures in each cell of each row."""
    return [[figures_of(cell) for cell in cells_of(line)] for line in text.split("\n") if line.startswith("|")]


def differences(one, other):
    """What @other, a translation of @one, has otherwise."""
    ours, theirs = BLOCK.findall(one), BLOCK.findall(other)
    if ours != theirs:
        at = next((i for i, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]), min(len(ours), len(theirs)))
        yield "code block %d of %d and %d is another one (--renew copies them)" % (at + 1, len(ours), len(theirs))
    ours, theirs = sections_of(one), sections_of(other)
    if [level for level, _ in ours] != [level for level, _ in theirs]:
        yield "headings: levels %s and %s" % ([level for level, _ in ours], [level for level, _ in theirs])
        return
    for (_, mine), (_, yours) in zip(ours, theirs):
        for what, read in (("links", links_of), ("code spans", spans_of), ("figures", figures_of), ("tables", rows_of)):
            if read(mine) != read(yours):
                left = [x for x in read(mine) if x not in read(yours)]
                right = [x for x in read(yours) if x not in read(mine)]
                yield "%s under \"%s\": only there %s; only here %s" % (what, mine.split("\n")[0], left, right)


def renewed(one, other):
    """@other with the code blocks of @one, and its cells of tables that hold figures only."""
    blocks = BLOCK.findall(one)
    if len(blocks) != len(BLOCK.findall(other)):
        return other
    waiting = iter(blocks)
    other = BLOCK.sub(lambda _: next(waiting), other)
    rows = [line for line in BLOCK.sub("", one).split("\n") if line.startswith("|")]
    at, lines, quoted = 0, other.split("\n"), False
    for number, line in enumerate(lines):
        quoted = quoted != line.startswith("```")
        if quoted or not line.startswith("|") or at >= len(rows):
            continue
        mine, yours = cells_of(rows[at]), cells_of(line)
        if len(mine) == len(yours):
            pairs = zip(mine, yours)
            lines[number] = "|%s|" % "|".join(a if BARE.fullmatch(a.strip()) else b for a, b in pairs)
        at += 1
    return "\n".join(lines)


def third_line(text):
    return "\n".join(text.split("\n")[1:3])


def link_between(one, other, path):
    """Where a page of the pair does not lead to the other one."""
    name = os.path.basename(path)[:-len(".md")]
    if third_line(one) != "\n[中文](%s)" % (name + OTHER):
        yield "the third line of %s is not [中文](%s)" % (path, name + OTHER)
    if third_line(other) != "\n[English](%s.md)" % name:
        yield "its third line is not [English](%s.md)" % name


SAMPLE = '''# Title

[中文](page.zh-CN.md)

Waits 3 s, 40 % of all, see [more](other.md) and `wait(d)`.

```
$ distrosim run x.lua --seed 7
ok  held for 3.000 s
```

## Part

| a | b |
| --- | --- |
| 1 | 2 ms |

```lua
wait(s(3)) -- a comment
```
'''
CHINESE = SAMPLE.replace("Title", "标题").replace("Waits 3 s,", "等待 3 s，").replace("[more](other.md)", "[更多](other.zh-CN.md)") \
    .replace("[中文](page.zh-CN.md)", "[English](page.md)")
BREAKS = [("## Part", "### Part"), ("## Part\n", "Part\n"), ("3 s，", "4 s，"), ("3 s，", "3 ms，"), ("40 %", "40"),
          ("--seed 7", "--seed 8"), ("3.000 s", "3.001 s"), ("wait(s(3))", "wait(s(4))"), ("a comment", "注释"),
          ("`wait(d)`", "`wait(t)`"), ("other.zh-CN.md", "another.zh-CN.md"), ("| 1 | 2 ms |\n", ""),
          ("| 1 | 2 ms |", "| 2 ms | 1 |"), ("```lua\nwait(s(3)) -- a comment\n```\n", ""),
          ("[English](page.md)\n", "[English](page.md).\n"), ("\n[English](page.md)\n", "")]


def problems(one, other, path):
    yield from link_between(one, other, path)
    yield from differences(one, other)


def check_myself():
    failed = 0
    for problem in problems(SAMPLE, CHINESE, "page.md"):
        failed += 1
        print("FAIL  a good translation is refused: %s" % problem)
    for old, new in BREAKS:
        if not list(problems(SAMPLE, CHINESE.replace(old, new), "page.md")):
            failed += 1
            print("FAIL  %r instead of %r is not seen" % (new, old))
    for old, new in (("--seed 7", "--seed 8"), ("| 1 | 2 ms |", "| 1 | 3 ms |"), ("a comment", "注释")):
        if renewed(SAMPLE, CHINESE.replace(old, new)) != CHINESE:
            failed += 1
            print("FAIL  --renew leaves %r" % new)
    return failed


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def pages_of_git():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "*.md"], capture_output=True, text=True, check=True)
    return listed.stdout.split()


def main():
    if sys.argv[1:] not in ([], ["--renew"]):
        sys.stderr.write("usage: tests/zh/parity.py [--renew]\n")
        return 64
    failed, pairs, pages = check_myself(), 0, pages_of_git()
    for path in pages:
        if not path.endswith(OTHER) and path[:-len(".md")] + OTHER not in pages and \
                any(fnmatch.fnmatch(path, pattern) for pattern in TRANSLATED):
            failed += 1
            print("FAIL  %s has no translation %s" % (path, path[:-len(".md")] + OTHER))
    for other in [path for path in pages if path.endswith(OTHER)]:
        one = other[:-len(OTHER)] + ".md"
        if one not in pages:
            failed += 1
            print("FAIL  %s: there is no %s" % (other, one))
            continue
        pairs += 1
        original, translation = read(one), read(other)
        if sys.argv[1:] and renewed(original, translation) != translation:
            translation = renewed(original, translation)
            with open(os.path.join(ROOT, other), "w", encoding="utf-8") as file:
                file.write(translation)
            print("wrote %s" % other)
        for problem in problems(original, translation, one):
            failed += 1
            print("FAIL  %s: %s" % (other, problem))
    print("%d pairs, %d breaks, %d failed" % (pairs, len(BREAKS), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
