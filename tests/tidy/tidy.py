#!/usr/bin/env python3
"""tests/tidy/tidy.py [--root DIR] [RULE...] -- what can be said of all files at once.

  first-lines  a source's first line names the file and its idea
  files        a file or folder named in a comment or on a page exists
  types        no type name stands in two headers
  rooms        in sim/ an include or a call leads to a lower room or stays in its own; an internal header stays in its room
  circles      no headers include each other in a circle; no files of core/ call each other in one, but for a node's parts
  exports      a function that a header declares has a caller in the product; of a public header, in a test
  widths       a line of a page is at most 120 wide, but for rows of tables, quoted output, and what cannot break; C files keep to 100 columns
  identifiers  no banned word is part of a name in the code
  words        no banned word stands in a comment or on a page
  verbs        each verb that a scenario can use has a sentence and says what it refuses, its numbers their range

Every rule is tried if none is named. --root: of another checkout. Problems that tests/tidy/known.tsv lists (rule, beginning of a path,
why) are not reported; a line there that no problem needs any more is a problem itself, so the list shrinks.
"""
import collections
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KNOWN = "tests/tidy/known.tsv"
WIDTH = 120
CODE_WIDTH = 100

Problem = collections.namedtuple("Problem", "path line text")
Comment = collections.namedtuple("Comment", "line text")


# --- the files ---------------------------------------------------------------------------------


class Tree:
    """The tracked files, each read once."""

    def __init__(self, root):
        self.root = root
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, check=True).stdout
        present = [path for path in listed.decode().split("\0") if os.path.isfile(os.path.join(root, path))]
        self.files = sorted(present)
        self.folders = {"/".join(path.split("/")[:depth]) for path in self.files
                        for depth in range(1, path.count("/") + 1)}
        self.texts = {}

    def text(self, path):
        if path not in self.texts:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self.texts[path] = file.read()
        return self.texts[path]

    def ending(self, *endings):
        return [path for path in self.files if path.endswith(endings)]

    def scripts(self):
        """Files that name their interpreter, and those that such files read in."""
        return [path for path in self.files
                if path.endswith((".sh", ".py", ".awk", ".gp")) or
                ("." not in os.path.basename(path) and self.text(path).startswith("#!"))]

    def pages(self):
        return self.ending(".md")


# --- comments and code -------------------------------------------------------------------------

C_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text):
    """As many lines, nothing on them."""
    return re.sub(r"[^\n]", " ", text)


def c_comments(text):
    for token in C_TOKEN.finditer(text):
        if token.group().startswith("/"):
            yield Comment(text.count("\n", 0, token.start()) + 1, token.group().strip("/*"))


def c_code(text):
    """Without comments and without what stands in quotes."""
    return C_TOKEN.sub(lambda token: blank(token.group()) if token.group().startswith("/")
                       else token.group()[0] * 2, text)


def line_comments(text, mark):
    """Comments that go from @mark to the end of the line, those in a row as one."""
    block, start = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        found = re.search(r"(?:^|\s)" + re.escape(mark) + r"+(?!\[)(.*)", line)
        if found is None or (number == 1 and line.startswith("#!")):
            if block:
                yield Comment(start, "\n".join(block))
            block = []
            continue
        if not block:
            start = number
        block.append(found.group(1))
    if block:
        yield Comment(start, "\n".join(block))


def python_comments(text):
    for found in re.finditer(r'"""(.*?)"""', text, re.S):
        yield Comment(text.count("\n", 0, found.start()) + 1, found.group(1))
    yield from line_comments(text, "#")


def comments(tree, path):
    text = tree.text(path)
    if path.endswith((".c", ".h", ".css")):
        return list(c_comments(text))
    if path.endswith(".lua"):
        return list(line_comments(text, "--"))
    if path.endswith(".py") or text.startswith("#!/usr/bin/env python3"):
        return list(python_comments(text))
    if path in tree.scripts() or path.endswith(("CMakeLists.txt", ".yml")):
        return list(line_comments(text, "#"))
    return []


def page_prose(text):
    """A page without code: blocks, spans and the targets of links are blank."""
    text = re.sub(r"^```.*?^```", lambda found: blank(found.group()), text, flags=re.M | re.S)
    text = re.sub(r"`[^`]*`", lambda found: blank(found.group()), text)
    return re.sub(r"\]\([^)]*\)", lambda found: blank(found.group()), text)


def prose(tree):
    """(path, line, text) of all that people read in words: comments and pages."""
    for path in tree.files:
        if path.endswith(".md"):
            for number, line in enumerate(page_prose(tree.text(path)).split("\n"), 1):
                yield path, number, line
            continue
        for comment in comments(tree, path):
            for offset, line in enumerate(comment.text.split("\n")):
                yield path, comment.line + offset, line


# --- rules -------------------------------------------------------------------------------------


def first_lines(tree):
    for path in tree.ending(".c", ".h"):
        first = tree.text(path).split("\n", 1)[0]
        if not re.match(r"/\* " + re.escape(path) + r"( -- |$)", first):
            yield Problem(path, 1, 'expected "/* %s -- its idea"' % path)
    for path in tree.scripts():
        lines = tree.text(path).split("\n")
        first = lines[1] if lines[0].startswith("#!") else lines[0]
        if not re.match(r'(# |""")' + re.escape(path) + r"( [^-].*)? -- ", first):
            yield Problem(path, 1, 'expected "# %s ARGUMENTS -- its idea"' % path)
    for path in tree.ending(".lua"):
        # What is wrong with those of badinput may be their first line.
        if not path.startswith("tests/badinput/") and not re.match(r"---? ?\S", tree.text(path)):
            yield Problem(path, 1, "expected a comment that says what the file claims")
    for path in tree.pages():
        if not tree.text(path).startswith("# "):
            yield Problem(path, 1, "expected a title")


SUFFIXES = r"(?:c|h|lua|sh|py|awk|md|gp|tsv|xsd|css)"
NAMED_FILE = re.compile(r"(?<![\w/.*<-])((?:[\w.-]+/)*[\w.-]*\w\." + SUFFIXES + r")(?![\w-])")
NAMED_FOLDER = re.compile(r"(?<![\w/.*<-])((?:core|sim|tools|tests|scenarios)/[\w./-]*\w/?)(?![\w*<])")


class Names:
    """Answers whether a file or folder may be called so from another one."""

    def __init__(self, tree):
        self.tree = tree
        self.all = set(tree.files) | tree.folders
        self.ends = set()
        for path in self.all:
            parts = path.split("/")
            self.ends |= {"/".join(parts[first:]) for first in range(len(parts))}

    def know(self, name, path):
        name = name.rstrip("/")
        if name.startswith("../"):
            return os.path.normpath(os.path.join(os.path.dirname(path), name)) in self.all
        return name in self.ends or any(name + suffix in self.ends for suffix in (".c", ".h", ".lua", ".sh"))


def files(tree):
    names = Names(tree)
    examples = {"FILE.lua", "NAME.lua", "my-claim.lua", "PLOT.gp"}
    # What distrosim writes and what Lua, Nacos and Debian bring is not in the repository.
    made = re.compile(r"(corpus|journal)\S*\.tsv$|^(shrunk|lua|lauxlib|lualib)\.(lua|h)$")
    for path in tree.files:
        if path.endswith(".md"):
            parts = [(1, re.sub(r"^```.*?^```", lambda found: blank(found.group()), tree.text(path),
                                flags=re.M | re.S))]
        else:
            parts = [(comment.line, comment.text) for comment in comments(tree, path)]
        for start, text in parts:
            found = list(NAMED_FILE.finditer(text)) + list(NAMED_FOLDER.finditer(text))
            for name in found:
                called = name.group(1)
                if called in examples or made.search(called) or called.startswith("results/"):
                    continue
                if not names.know(called, path):
                    line = start + text.count("\n", 0, name.start())
                    yield Problem(path, line, "there is no " + called)


def without_bodies(code):
    """What stands between braces is gone, so that a typedef or declaration is one line of thought."""
    while True:
        shorter = re.sub(r"\{[^{}]*\}", lambda found: "\x01" + "\n" * found.group().count("\n"), code)
        if shorter == code:
            return code
        code = shorter


def types(tree):
    declared = collections.defaultdict(list)
    for path in tree.ending(".h"):
        code = without_bodies(c_code(tree.text(path)))
        for found in re.finditer(r"^typedef\b([^;]*);", code, re.M):
            name = re.search(r"\(\*\s*(\w+)\)|(\w+)\s*(?:\[[^]]*\])?$", found.group(1))
            declared[name.group(1) or name.group(2)].append((path, code.count("\n", 0, found.start()) + 1))
    for name, places in sorted(declared.items()):
        if len({path for path, _ in places}) > 1:
            for path, line in places[1:]:
                yield Problem(path, line, "%s stands in %s, too" % (name, places[0][0]))


# From the ground up: a room knows itself and those before it.
ROOMS = ("base", "trace", "network", "world", "naming", "client", "server", "bridge", "config", "truth", "metrics", "check",
         "actions", "study", "raft", "explore", "explain", "export", "script", "run", "shrink", "bench")
INCLUDE = re.compile(r'^\s*#\s*include "([^"]+)"', re.M)


def includes(tree, path):
    """(line, path) of what @path includes of the repository."""
    text = tree.text(path)
    for found in INCLUDE.finditer(text):
        yield text.count("\n", 0, found.start(1)) + 1, found.group(1)


def room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "sim" and len(parts) > 2 else None


def is_internal(path):
    return re.search(r"(^|_)internal\.h$", os.path.basename(path)) is not None


def homes(tree, beginning):
    """Functions that headers declare: the file that defines each."""
    declared = {name for path in tree.ending(".h") if path.startswith(beginning)
                for name, _ in declared_functions(tree, path)}
    return {name: path for path in tree.ending(".c") if path.startswith(beginning)
            for name in DEFINED.findall(c_code(tree.text(path))) if name in declared}


def calls(tree, path, home):
    """(line, name) of the first use of each function of another file."""
    seen = set()
    code = c_code(tree.text(path))
    for found in re.finditer(r"\b[a-z]\w+\b", code):
        name = found.group()
        if name in home and home[name] != path and name not in seen:
            seen.add(name)
            yield code.count("\n", 0, found.start()) + 1, name


def rooms(tree):
    rank = {room: number for number, room in enumerate(ROOMS)}
    sources = [path for path in tree.ending(".c", ".h") if room_of(path) is not None]
    for path in sources:
        own = room_of(path)
        if own not in rank:
            yield Problem(path, 1, "the room %s has no place among the others (ROOMS in tests/tidy/tidy.py)" % own)
            continue
        for line, other in includes(tree, path):
            if is_internal(other) and os.path.dirname(other) != os.path.dirname(path) and other.startswith("sim/"):
                yield Problem(path, line, "%s is %s's own" % (other, os.path.dirname(other)))
            elif rank.get(room_of(other), -1) > rank[own]:
                yield Problem(path, line, "includes %s, a higher room" % other)
    home = homes(tree, "sim/")
    for path in sources:
        own = room_of(path)
        for line, name in calls(tree, path, home) if own in rank else ():
            other = room_of(home[name])
            if rank.get(other, -1) > rank[own]:
                yield Problem(path, line, "calls %s of sim/%s, a higher room" % (name, other))


def circle_in(graph):
    """A path from a name back to itself, or None. @graph: name -> names, each in a fixed order."""
    done, stack, on_stack = set(), [], set()

    def visit(name):
        stack.append(name)
        on_stack.add(name)
        for other in graph.get(name, ()):
            if other in on_stack:
                return stack[stack.index(other):] + [other]
            found = None if other in done else visit(other)
            if found is not None:
                return found
        on_stack.remove(stack.pop())
        done.add(name)
        return None

    for name in sorted(graph):
        found = None if name in done else visit(name)
        if found is not None:
            return found
    return None


# A node is one thing in many files, which call each other as they need.
NODE = re.compile(r"core/(?:(?:node|load|filter|members|rpc|reading|round)|v[0-9]+/(?!text|lists|snapshot)\w+)\.c$")


def circles(tree):
    graph = {path: [other for _, other in includes(tree, path) if other in tree.files]
             for path in tree.ending(".c", ".h")}
    found = circle_in(graph)
    if found is not None:
        yield Problem(found[0], 1, "includes go in a circle: " + ", ".join(found))
    home = homes(tree, "core/")
    graph = collections.defaultdict(list)
    for path in tree.ending(".c"):
        if path.startswith("core/"):
            own = "a node's parts" if NODE.match(path) else path
            for _, name in calls(tree, path, home):
                other = "a node's parts" if NODE.match(home[name]) else home[name]
                if other != own and other not in graph[own]:
                    graph[own].append(other)
    found = circle_in(graph)
    if found is not None:
        yield Problem(next((path for path in found if "/" in path), found[0]), 1, "calls go in a circle: " + ", ".join(found))


PRODUCT = ("core/", "sim/", "tools/")
PUBLIC = ("core/distro.h", "core/config.h", "core/profile.h", "core/dictionary.h", "core/wire.h")


def declared_functions(tree, path):
    code = without_bodies(c_code(tree.text(path)))
    code = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", lambda found: blank(found.group()), code, flags=re.M)
    code = re.sub(r"^[A-Z_]+\([^;{}\n]*\)$", ";", code, flags=re.M)
    for found in re.finditer(r"(?:^|(?<=[;\x01]))\s*([\w\s*]+?[\s*])(\w+)\s*\(([^;{]*)\)[^;(){]*;", code):
        if not re.search(r"\b(typedef|static|return|else)\b", found.group(1)) and not found.group(2).isupper():
            yield found.group(2), code.count("\n", 0, found.start(2)) + 1


DEFINED = re.compile(r"^[A-Za-z][^\n;{}#]*?[ *](\w+)\((?:[^;{}()]|\([^;{}()]*\))*\)\s*\n?\{", re.M)


def exports(tree):
    uses, tested, owned, freed = collections.Counter(), collections.Counter(), set(), {}
    for path in tree.ending(".c", ".h"):
        code = c_code(tree.text(path))
        target = uses if path.startswith(PRODUCT) else tested
        for kind, function in re.findall(r"G_DEFINE_AUTO\w+\((\w+),\s*(\w+)", code):
            freed[function] = kind
        if path.startswith(PRODUCT):
            owned |= set(re.findall(r"g_auto\w*\((\w+)\)", code))
        if path.endswith(".c"):
            target.update(re.findall(r"\w+", code))
            target.subtract(DEFINED.findall(code))
        else:  # a header's own declarations are no uses, its macros and inline functions are
            for body in re.findall(r"\{[^{}]*\}|^\s*#\s*define(?:[^\n]*\\\n)*[^\n]*", code, re.M):
                target.update(re.findall(r"\w+", body))
    for path in tree.ending(".h"):
        if not path.startswith(PRODUCT):
            continue
        for name, line in declared_functions(tree, path):
            if uses[name] > 0 or freed.get(name) in owned or (path in PUBLIC and tested[name] > 0):
                continue
            yield Problem(path, line, "%s has no caller in the product%s"
                          % (name, " and no test" if path in PUBLIC else ""))


def widths(tree):
    for path in tree.pages():
        text = re.sub(r"^```(\w*)\n.*?^```", lambda block: block.group() if block.group(1) else blank(block.group()),
                      tree.text(path), flags=re.M | re.S)
        for number, line in enumerate(text.split("\n"), 1):
            if len(line.rstrip()) > WIDTH and not line.startswith("|") and " " in line.strip():
                yield Problem(path, number, "%d columns; %d are allowed" % (len(line), WIDTH))
    # clang-format leaves comments alone, for the sake of the drawings in them.
    for path in tree.ending(".c", ".h"):
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            if len(line) > CODE_WIDTH:
                yield Problem(path, number, "%d columns; %d are allowed" % (len(line), CODE_WIDTH))


BANNED_NAMES = ("deed", "tale", "weather", "mishap", "burial", "standing")
BANNED_WORDS = ("deeds?", "tales?", "weathers?", "mishaps?", "burials?", "standing", "doubts", "looks", "fares",
                "befalls?", "befell", "whoever", "whomever", "whosoever", "nobody", "of one's own", "one's own")


def split_name(name):
    """SimActiveFault, sim_active_fault, SIM_ACTIVE_FAULT: sim, active, fault."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def identifiers(tree):
    for path in tree.ending(".c", ".h"):
        for number, line in enumerate(c_code(tree.text(path)).split("\n"), 1):
            if line.lstrip().startswith("#include"):
                continue
            for name in re.findall(r"[A-Za-z_]\w*", line):
                if path.startswith("tests/") and name.count("_") >= 3 and name.islower():
                    continue  # a test's name is a sentence
                if any(part.rstrip("s") in BANNED_NAMES or part in BANNED_NAMES for part in split_name(name)):
                    yield Problem(path, number, "the name " + name)
    for path in tree.files:
        stem = os.path.basename(path).split(".")[0]
        if path.endswith((".c", ".h")) and any(part in BANNED_NAMES for part in split_name(stem)):
            yield Problem(path, 1, "the file's name")


def words(tree):
    banned = re.compile(r"(?<![\w-])(?:%s)(?![\w-])" % "|".join(BANNED_WORDS), re.I)
    # Names of scenarios and tests (joined by hyphens) and what is quoted are exempt.
    quoted = re.compile(r'"[^"\n]*"|`[^`\n]*`|[\w.]+(?:-[\w.]+){2,}')
    for path, number, line in prose(tree):
        for found in banned.finditer(quoted.sub(lambda quote: blank(quote.group()), line)):
            yield Problem(path, number, '"%s": say it in plain words' % found.group())


def verbs(tree):
    path = "scenarios/meta/distrosim.lua"
    lines = tree.text(path).split("\n")
    for number, line in enumerate(lines):
        found = re.match(r"function ([\w.:]+)\((.*)\) end", line)
        if found is None:
            continue
        first = number
        while first > 0 and lines[first - 1].startswith("---"):
            first -= 1
        said = [text[3:].strip() for text in lines[first:number] if not text.startswith("---@")]
        text = " ".join(said)
        if not re.search(r"\w{2,}.*[.?]", text):
            yield Problem(path, number + 1, "%s has no sentence" % found.group(1))
        elif found.group(2) and "Errors: " not in text:
            yield Problem(path, number + 1, "%s does not say what it refuses" % found.group(1))
    # A number or quantity that one may leave out says what it is without, or which values it may have.
    quantity = re.compile(r"---@(?:field \w+\?|param \w+\??) (?:integer|number|Duration|Proportion|Size|Bandwidth|Rate)$")
    for number, line in enumerate(lines, 1):
        if quantity.match(line):
            yield Problem(path, number, "no range, unit or default: " + line[4:])


RULES = {"first-lines": first_lines, "files": files, "types": types, "rooms": rooms, "circles": circles, "exports": exports, "widths": widths,
         "identifiers": identifiers, "words": words, "verbs": verbs}


# --- known problems ----------------------------------------------------------------------------


def read_known(path):
    """(rule, beginning of a path) of each line; what follows is the reason."""
    known = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                known.append(tuple(line.rstrip("\n").split("\t")[:2]))
    return known


def main():
    arguments, root = sys.argv[1:], ROOT
    if arguments[:1] == ["--root"] and len(arguments) > 1:
        root, arguments = arguments[1], arguments[2:]
    rules = arguments or list(RULES)
    unknown = [rule for rule in rules if rule not in RULES]
    if unknown:
        sys.stderr.write("tests/tidy/tidy.py: no rule %s; there are %s\n" % (unknown[0], ", ".join(RULES)))
        return 64
    tree = Tree(root)
    known = read_known(os.path.join(root, KNOWN)) if KNOWN in tree.files else []
    failed = 0
    for rule in rules:
        beginnings = [beginning for name, beginning in known if name == rule]
        needed = set()
        for problem in RULES[rule](tree):
            covered = [beginning for beginning in beginnings if problem.path.startswith(beginning)]
            needed.update(covered)
            if not covered:
                failed += 1
                print("%s:%d: %s (%s)" % (problem.path, problem.line, problem.text, rule))
        for beginning in beginnings:
            if beginning not in needed:
                failed += 1
                print("%s: %s\t%s is not needed any more" % (KNOWN, rule, beginning))
    print("%d rules, %d files, %d problems" % (len(rules), len(tree.files), failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
