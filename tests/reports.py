#!/usr/bin/env python3
# tests/reports.py DISTROSIM [--all] -- stories after public reports give the verdicts of their table.
"""Every row of scenarios/reports/expected.tsv: held, red (on nine seeds of ten or more) or some (a share of them).

Five seeds a row, unless the verdict is a share; --all takes all that the table names."""
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent / "scenarios" / "reports"


def held_of(text):
    found = re.search(r"([\d,]+) of ([\d,]+) runs held", text)
    return [int(number.replace(",", "")) for number in found.groups()] if found else None


def fits(verdict, held, runs):
    return {"held": held == runs, "red": held * 10 <= runs, "some": 0 < held < runs}[verdict]


def judge(distrosim, row, everything, out):
    name, profile, options, seeds, verdict = row
    if not everything and verdict != "some":
        seeds = "1..5"
    command = [distrosim, "sweep", str(HERE / (name + ".lua")), "--seeds", seeds, "--jobs", "2",
               "--profile", profile, "--out", out] + ([] if options == "-" else options.split())
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    counts = held_of(ended.stdout)
    wrong = ended.returncode not in (0, 1, 2) or counts is None or not fits(verdict, *counts)
    if wrong:
        print(f"{name} under {profile} {options}: expected {verdict}, saw {counts}, status {ended.returncode}")
    return not wrong


def rows():
    for line in (HERE / "expected.tsv").read_text().splitlines():
        if not line.startswith("#"):
            name, profiles, options, seeds, verdict, _ = line.split("\t")
            for profile in profiles.split():
                yield name, profile, options, seeds, verdict


def main():
    distrosim, everything = sys.argv[1], "--all" in sys.argv
    with tempfile.TemporaryDirectory() as out:
        verdicts = [judge(distrosim, row, everything, out) for row in rows()]
    told = {row[0] for row in rows()}
    for path in sorted(HERE.glob("*.lua")):
        if path.stem not in told:
            print(f"{path.stem}: no row in expected.tsv")
            verdicts.append(False)
    print(f"{len(verdicts)} rows, {verdicts.count(False)} wrong")
    return 0 if all(verdicts) else 1


sys.exit(main())
