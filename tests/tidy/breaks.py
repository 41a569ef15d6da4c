#!/usr/bin/env python3
"""tests/tidy/breaks.py -- each rule of tidy.py goes red on what it forbids, and only then.

A small tree that keeps every rule is broken in one place at a time.
"""
import os
import subprocess
import sys
import tempfile

TIDY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tidy.py")
CLEAN = {
    "README.md": "# A tree\n\nOne line, and `code with nobody in it`.\n\n```\n" + "quoted " * 30 + "\n```\n\n| " + "row " * 40
                 + "|\n",
    "core/part.h": "/* core/part.h -- a part, see part.c and core/part. */\n#pragma once\n"
                   "typedef struct Part Part;\ntypedef enum Kind {\n    KIND_ONE,\n} Kind;\n"
                   "Part *part_new(int size);\nint part_weight(void);\nvoid part_free(Part *part);\n"
                   "G_DEFINE_AUTOPTR_CLEANUP_FUNC(Part, part_free)\nint part_size(const Part *part,\n              Kind kind);\n",
    "core/part.c": '/* core/part.c -- a part. */\n#include "core/part.h"\n\nint part_weight(void)\n{\n    return 1;\n}\n\nPart *part_new(int size)\n{\n    return 0;\n}\n\n'
                   "void part_free(Part *part)\n{\n}\n\nint part_size(const Part *part,\n              Kind kind)\n{\n"
                   '    return "a weather" != 0; /* what the scenario a-node-that-nobody-knows needs */\n}\n',
    "core/distro.h": "/* core/distro.h -- the public face. */\n#pragma once\nint distro_offered(void);\n",
    "core/distro.c": '/* core/distro.c -- the public face. */\n#include "core/distro.h"\n\nint distro_offered(void)\n{\n'
                     "    return part_weight();\n}\n",
    "sim/user.c": '/* sim/user.c -- uses the part. */\n#include "core/part.h"\n\nint main(void)\n{\n'
                  "    g_autoptr(Part) part = part_new(1);\n    return part_size(part, KIND_ONE);\n}\n",
    "sim/other.h": "/* sim/other.h -- another. */\n#pragma once\ntypedef struct Other {\n    int field;\n} Other;\n",
    "sim/base/low.h": "/* sim/base/low.h -- a low room. */\n#pragma once\nint sim_low(void);\n",
    "sim/base/low.c": '/* sim/base/low.c -- a low room. */\n#include "sim/base/low.h"\n\nint sim_low(void)\n{\n    return 0;\n}\n',
    "sim/world/internal.h": "/* sim/world/internal.h -- a room's own. */\n#pragma once\nint sim_inside(void);\n",
    "sim/world/high.h": '/* sim/world/high.h -- a high room. */\n#pragma once\n#include "sim/base/low.h"\nint sim_high(void);\n',
    "sim/world/high.c": '/* sim/world/high.c -- a high room. */\n#include "sim/world/high.h"\n#include "sim/world/internal.h"\n\n'
                        "int sim_inside(void)\n{\n    return 1;\n}\n\nint sim_high(void)\n{\n"
                        "    return sim_low() + sim_inside();\n}\n",
    "sim/run/run.c": '/* sim/run/run.c -- above both. */\n#include "sim/world/high.h"\n\nstatic int run(void)\n{\n'
                     "    return sim_high();\n}\n",
    "tests/unit/test_part.c": "/* tests/unit/test_part.c -- offered. */\nint main(void)\n{\n    return distro_offered();\n}\n"
                              "static void the_weather_is_no_matter(void)\n{\n}\n",
    "tools/do": "#!/bin/sh\n# tools/do WHAT -- does it.\nexit 0\n",
    "scenarios/smoke/a-claim.lua": "-- A claim.\nreturn 1\n",
    "scenarios/meta/distrosim.lua": "---@meta\n---How long to wait, in virtual time.\n---Errors: a negative duration.\n"
                                    "---@param d Duration from zero\nfunction wait(d) end\n---The instant.\n---@return Duration\n"
                                    "function now() end\n",
}
BREAKS = [
    ("first-lines", "core/part.h", "core/part.h -- ", "part.h -- "),
    ("first-lines", "core/part.c", "/* core/part.c -- a part. */", "#include <a.h>"),
    ("first-lines", "tools/do", "tools/do WHAT -- does", "Does"),
    ("first-lines", "scenarios/smoke/a-claim.lua", "-- A claim.\n", ""),
    ("first-lines", "README.md", "# A tree", "A tree"),
    ("files", "core/part.h", "part.c and", "gone.c and"),
    ("files", "core/part.h", "core/part.", "core/gone."),
    ("files", "README.md", "One line", "See tests/gone/run.sh. One line"),
    ("files", "tools/do", "does it", "does what tools/undo did"),
    ("types", "sim/other.h", "} Other;", "} Part;"),
    ("types", "sim/other.h", "} Other;", "} Other;\ntypedef void (*Kind)(int);"),
    ("rooms", "sim/base/low.c", '#include "sim/base/low.h"', '#include "sim/world/high.h"'),
    ("rooms", "sim/base/low.c", "return 0", "int sim_high(void); return sim_high()"),
    ("rooms", "sim/run/run.c", "sim/world/high.h", "sim/world/internal.h"),
    ("circles", "sim/base/low.h", "#pragma once\n", '#pragma once\n#include "sim/world/high.h"\n'),
    ("circles", "core/part.c", "return 1", "return distro_offered()"),
    ("exports", "sim/user.c", "return part_size(part, KIND_ONE)", "return 0"),
    ("exports", "sim/user.c", "g_autoptr(Part) part", "void *part"),
    ("exports", "tests/unit/test_part.c", "distro_offered()", "0"),
    ("widths", "README.md", "One line", "One " + "wide " * 30 + "line"),
    ("widths", "core/part.c", "/* core/part.c -- a part. */", "/* core/part.c -- a part%s. */" % (" and more" * 10)),
    ("identifiers", "sim/other.h", "int field", "int deed_count"),
    ("identifiers", "sim/other.h", "Other;", "SimMishap;"),
    ("identifiers", "core/part.c", "int part_size(", "int part_standing;\nint part_size("),
    ("words", "core/part.c", "-- a part", "-- a part that nobody needs"),
    ("words", "README.md", "One line", "Whoever reads"),
    ("words", "tools/do", "does it", "looks and does it"),
    ("words", "scenarios/smoke/a-claim.lua", "A claim", "A figure of one's own"),
    ("verbs", "scenarios/meta/distrosim.lua", "---How long to wait, in virtual time.\n---Errors: a negative duration.\n", ""),
    ("verbs", "scenarios/meta/distrosim.lua", "---Errors: a negative duration.\n", ""),
    ("verbs", "scenarios/meta/distrosim.lua", " from zero", ""),
]


def write(root, files):
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(root, path)) or root, exist_ok=True)
        with open(os.path.join(root, path), "w", encoding="utf-8") as file:
            file.write(text)


def tidy(root, *rules):
    done = subprocess.run([sys.executable, TIDY, "--root", root, *rules], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as root:
        write(root, CLEAN)
        subprocess.run(["git", "-C", root, "init", "-q"], check=True)
        subprocess.run(["git", "-C", root, "add", "-A"], check=True)
        status, said = tidy(root)
        if status != 0:
            failed += 1
            print("FAIL  the clean tree:\n" + said)
        for rule, path, old, new in BREAKS:
            if old not in CLEAN[path]:
                failed += 1
                print("FAIL  this test is out of date: %s has no %r" % (path, old))
                continue
            write(root, {path: CLEAN[path].replace(old, new)})
            status, said = tidy(root, rule)
            if status != 1 or "(%s)" % rule not in said:
                failed += 1
                print("FAIL  %s does not see %r in %s: %s" % (rule, new, path, said))
            write(root, {path: CLEAN[path]})

        # A room that the list does not name.
        write(root, {"sim/attic/new.c": "/* sim/attic/new.c -- a new room. */\n"})
        subprocess.run(["git", "-C", root, "add", "-A"], check=True)
        status, said = tidy(root, "rooms")
        if status != 1 or "no place" not in said:
            failed += 1
            print("FAIL  rooms does not see a new room: " + said)
        os.remove(os.path.join(root, "sim/attic/new.c"))

        # A known problem is not reported; one that is gone is.
        known = {"tests/tidy/known.tsv": "# rule\tbeginning of a path\twhy\nwords\tcore/\tunder work\n"}
        write(root, {**known, "core/part.c": CLEAN["core/part.c"].replace("-- a part", "-- a part of a tale")})
        subprocess.run(["git", "-C", root, "add", "-A"], check=True)
        status, said = tidy(root, "words")
        if status != 0:
            failed += 1
            print("FAIL  a known problem is reported: " + said)
        write(root, {"core/part.c": CLEAN["core/part.c"]})
        status, said = tidy(root, "words")
        if status != 1 or "not needed any more" not in said:
            failed += 1
            print("FAIL  a known problem that is gone is not reported: " + said)
    print("%d breaks, %d failed" % (len(BREAKS) + 3, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
