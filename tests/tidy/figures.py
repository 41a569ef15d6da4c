#!/usr/bin/env python3
"""tests/tidy/figures.py [--root DIR] -- how the sources hang together, in figures.

Prints a table: circles of calls and of includes, rooms that know each other both ways, what a header drags in,
asserts for each function, how full folders are, and how many problems each rule of tidy.py has. A room is a folder.
Calls are found by name, so a function pointer in a table counts for the file that holds the table. Nothing is
judged here; CONTRIBUTING.md has the figures of a commit beside those it began with.
"""
import collections
import os
import re
import sys

import tidy

ASSERT = re.compile(r"\b(g_assert\w*|G_STATIC_ASSERT\w*|_Static_assert|static_assert)\b")


def circles(graph):
    """The strongly connected components with more than one member, largest first (Tarjan, without recursion)."""
    index, low, on, stack, found, counter = {}, {}, set(), [], [], 0
    for root in sorted(graph):
        if root in index:
            continue
        work = [(root, iter(sorted(graph[root])))]
        index[root] = low[root] = counter
        counter += 1
        stack.append(root)
        on.add(root)
        while work:
            node, following = work[-1]
            for other in following:
                if other not in index:
                    index[other] = low[other] = counter
                    counter += 1
                    stack.append(other)
                    on.add(other)
                    work.append((other, iter(sorted(graph.get(other, ())))))
                    break
                if other in on:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members = set()
                    while True:
                        member = stack.pop()
                        on.discard(member)
                        members.add(member)
                        if member == node:
                            break
                    if len(members) > 1:
                        found.append(members)
    return sorted(found, key=len, reverse=True)


class Sources:
    def __init__(self, root):
        self.tree = tidy.Tree(root)
        self.paths = [path for path in self.tree.ending(".c", ".h") if path.startswith(tidy.PRODUCT)]
        self.code = {path: tidy.c_code(self.tree.text(path)) for path in self.paths}
        self.defined = {}
        for path in self.paths:
            for function in re.finditer(tidy.DEFINED, self.code[path]):
                if "static" not in function.group(0).split("(")[0].split():
                    self.defined.setdefault(function.group(1), path)

    def includes(self):
        # Strings are blank in the code, so this reads the text.
        return {path: {name for name in re.findall(r'^#include "([^"]+)"', self.tree.text(path), re.M)
                       if name in self.code} for path in self.paths}

    def calls(self):
        graph = {path: set() for path in self.paths if path.endswith(".c")}
        for path in graph:
            for name in set(re.findall(r"[a-z]\w+", self.code[path])):
                other = self.defined.get(name)
                if other is not None and other != path and other.endswith(".c"):
                    graph[path].add(other)
        return graph

    def functions(self, under):
        return sum(len(tidy.DEFINED.findall(self.code[path])) for path in self.paths if path.startswith(under))

    def asserts(self, under):
        return sum(len(ASSERT.findall(self.code[path])) for path in self.paths if path.startswith(under))

    def longest(self):
        """How many functions have more than 70 lines, and the median."""
        lengths = []
        for path in self.paths:
            code = self.code[path]
            for function in re.finditer(tidy.DEFINED, code):
                end = code.find("\n}", function.end())
                if end >= 0:
                    lengths.append(code.count("\n", function.end(), end))
        lengths.sort()
        return sum(length > 70 for length in lengths), lengths[len(lengths) // 2] if lengths else 0


def room(path):
    return os.path.dirname(path)


def between_rooms(graph):
    """Arrows between rooms, and how many pairs have one both ways."""
    arrows = {(room(path), room(other)) for path, others in graph.items() for other in others if room(path) != room(other)}
    return len(arrows), sum((b, a) in arrows for a, b in arrows if a < b)


def reach(includes, header):
    """How many .c files see @header, directly or by way of others."""
    count = 0
    for path in includes:
        if not path.endswith(".c"):
            continue
        seen, left = set(), [path]
        while left:
            for name in includes.get(left.pop(), ()):
                if name not in seen:
                    seen.add(name)
                    left.append(name)
        count += header in seen
    return count


def members_of(sources, struct):
    for path in sources.paths:
        found = re.search(r"\bstruct %s \{(.*?)^\};" % struct, sources.code[path], re.M | re.S) or \
            re.search(r"\bstruct %s \{(.*?)^\} \w+;" % struct, sources.code[path], re.M | re.S)
        if found:
            return found.group(1).count(";")
    return 0


def main():
    arguments, root = sys.argv[1:], tidy.ROOT
    if arguments[:1] == ["--root"] and len(arguments) > 1:
        root, arguments = arguments[1], arguments[2:]
    if arguments:
        sys.stderr.write("usage: tests/tidy/figures.py [--root DIR]\n")
        return 64
    sources = Sources(root)
    calls, includes = sources.calls(), sources.includes()
    table = []
    for under in ("core/", "sim/", "tools/"):
        graph = {path: {other for other in others if other.startswith(under)} for path, others in calls.items()
                 if path.startswith(under)}
        found = circles(graph)
        table.append(("files of %s in the largest circle of calls" % under,
                      "%d of %d" % (len(found[0]) if found else 0, len(graph))))
    found = circles(includes)
    table.append(("circles of includes", str(len(found))))
    sim = {path: others for path, others in calls.items() if path.startswith("sim/")}
    arrows, both = between_rooms({path: {other for other in others if other.startswith("sim/")}
                                  for path, others in sim.items()})
    table.append(("arrows between rooms of sim/ (calls); pairs that know each other both ways", "%d; %d" % (arrows, both)))
    table.append(("includes of another room's internal.h", str(sum(
        "internal.h" in name and room(name) != room(path) for path, names in includes.items() for name in names))))
    reached = sorted(((reach(includes, path), path) for path in sources.paths if path.endswith(".h") and
                      path.startswith("sim/")), reverse=True)
    total = sum(path.endswith(".c") for path in sources.paths)
    for count, path in reached[:3]:
        table.append(("%s reaches" % path, "%d of %d" % (count, total)))
    for struct in ("SimWorld", "SimNode", "SimScript"):
        table.append(("members of %s" % struct, str(members_of(sources, struct))))
    for under in ("core/", "sim/", "tools/"):
        count = sources.functions(under)
        table.append(("asserts for each function of %s" % under,
                      "%.2f (%d, %d functions)" % (sources.asserts(under) / max(count, 1), sources.asserts(under), count)))
    in_folder = collections.Counter(room(path) for path in sources.paths if path.endswith(".c"))
    for folder, count in in_folder.most_common(2):
        table.append(("C files in %s" % folder, str(count)))
    over, median = sources.longest()
    table.append(("functions over 70 lines; median", "%d; %d" % (over, median)))
    table.append(("guards for planted bugs", str(sum(
        len(re.findall(r"\bDISTRO_PLANTED\(", sources.code[path])) for path in sources.paths))))
    for rule, look in tidy.RULES.items():
        table.append(("problems of tidy/%s" % rule, str(sum(1 for _ in look(sources.tree)))))
    width = max(len(what) for what, _ in table)
    for what, figure in table:
        print("%-*s  %s" % (width, what, figure))
    return 0


if __name__ == "__main__":
    sys.exit(main())
