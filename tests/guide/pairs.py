#!/usr/bin/env python3
"""tests/guide/pairs.py -- a page and its translation say the same.

A page with zh-CN before its ending is the Chinese version of the page of that name, anywhere in the repository. Both have the same number and levels of
headings, the same code blocks (comments in code may be translated), the same pictures and tables of the same
size, the same links (a link to a page that is translated may go to the translation), and under each heading the
same figures: every number with digits, and every `code span`.

The test breaks a small pair in each of these ways before it reads the repository's.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OTHER = ".zh-CN.md"


def blocks_of(text):
    """(text without code blocks, code blocks without their comments)."""
    blocks = []

    def take(found):
        language, body = found.group(1), found.group(2)
        if language == "lua":
            body = re.sub(r"(?m)\s*--(?!\[).*$", "", body)
        elif language in ("sh", "yaml", "c"):
            body = re.sub(r"(?m)(^|\s)#.*$|/\*.*?\*/", "", body)
        blocks.append((language, re.sub(r"[ \t]+$", "", body, flags=re.M)))
        return "\n"

    return re.sub(r"^```(\w*)\n(.*?)^```$", take, text, flags=re.M | re.S), blocks


def sections_of(text):
    """(level, body) under each heading; what stands before the first has level 0."""
    sections = [(0, [])]
    for line in text.split("\n"):
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
    return sorted(set(re.findall(r"`([^`\n]+)`", text)))


def numbers_of(text):
    text = re.sub(r"\]\([^)]*\)|`[^`\n]*`", " ", text)
    return sorted({number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)})


def rows_of(text):
    return [line.count("|") for line in text.split("\n") if line.startswith("|")]


def differences(one, other):
    """What @other, a translation of @one, has otherwise."""
    one_text, one_blocks = blocks_of(one)
    other_text, other_blocks = blocks_of(other)
    if one_blocks != other_blocks:
        at = next((i for i, pair in enumerate(zip(one_blocks, other_blocks)) if pair[0] != pair[1]),
                  min(len(one_blocks), len(other_blocks)))
        yield "code block %d of %d and %d" % (at + 1, len(one_blocks), len(other_blocks))
    ours, theirs = sections_of(one_text), sections_of(other_text)
    if [level for level, _ in ours] != [level for level, _ in theirs]:
        yield "headings: levels %s and %s" % ([level for level, _ in ours], [level for level, _ in theirs])
        return
    for (_, mine), (_, yours) in zip(ours, theirs):
        title = mine.split("\n")[0]
        for what, read in (("links", links_of), ("code spans", spans_of), ("figures", numbers_of), ("tables", rows_of)):
            if read(mine) != read(yours):
                left = [str(x) for x in read(mine) if x not in read(yours)]
                right = [str(x) for x in read(yours) if x not in read(mine)]
                yield "%s under \"%s\": only here %s; only in the translation %s" % (what, title, left, right)


SAMPLE = '''# Title

Waits 3 s, see [more](other.md) and `wait(d)`.

```
$ distrosim run x.lua --seed 7
ok  held for 3.000 s
```

## Part

| a | b |
| --- | --- |
| 1 | 2 |

```lua
wait(s(3)) -- a comment
```
'''
BREAKS = [("## Part", "### Part"), ("## Part\n", "Part\n"), ("3 s,", "4 s,"), ("--seed 7", "--seed 8"),
          ("3.000 s", "3.001 s"), ("wait(s(3))", "wait(s(4))"), ("`wait(d)`", "`wait(t)`"), ("other.md", "another.md"),
          ("| 1 | 2 |\n", ""), ("```lua\nwait(s(3)) -- 注释\n```\n", "")]


def check_myself():
    failed = 0
    translated = SAMPLE.replace("Title", "标题").replace("Waits", "等待").replace("a comment", "注释") \
        .replace("other.md", "other.zh-CN.md")
    if list(differences(SAMPLE, translated)):
        failed += 1
        print("FAIL  a good translation is refused: %s" % list(differences(SAMPLE, translated)))
    for old, new in BREAKS:
        if not list(differences(SAMPLE, translated.replace(old, new).replace("other.zh-CN.md", new)
                                if old == "other.md" else translated.replace(old, new))):
            failed += 1
            print("FAIL  %r instead of %r is not seen" % (new, old))
    return failed


def main():
    failed = check_myself()
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "*" + OTHER], capture_output=True, text=True, check=True)
    pairs = listed.stdout.split()
    for other in pairs:
        one = other[:-len(OTHER)] + ".md"
        if not os.path.exists(os.path.join(ROOT, one)):
            failed += 1
            print("FAIL  %s: there is no %s" % (other, one))
            continue
        with open(os.path.join(ROOT, one), encoding="utf-8") as file:
            original = file.read()
        with open(os.path.join(ROOT, other), encoding="utf-8") as file:
            translation = file.read()
        for difference in differences(original, translation):
            failed += 1
            print("FAIL  %s: %s" % (other, difference))
    print("%d pairs, %d breaks, %d failed" % (len(pairs), len(BREAKS), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
