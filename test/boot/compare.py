#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what sysext-verify says of each case with what became of it in a real boot.

Usage: compare.py PROGRAM BASE CASES RESULTS [UNKNOWN...]

PROGRAM is sysext-verify, BASE the initrd that was booted, CASES the folders that cases.sh ran,
RESULTS what it wrote. Each folder holds one extension beside companion.raw, which is good.
UNKNOWN are the cases for which "unknown" is an accepted answer.
"""

import json
import pathlib
import subprocess
import sys


def judge(program, base, folder):
    """The JSON report on the one extension of a folder."""
    location = "initrd" if (folder / "where").exists() else "esp"
    images = [path for path in folder.iterdir()
              if path.suffix.lower() == ".raw" and path.name != "companion.raw"]
    if len(images) != 1:
        sys.exit(f"compare: {folder} holds {len(images)} extensions, expected 1")
    run = subprocess.run([program, f"--base={base}", f"--location={location}",
                          "--report=json", str(images[0])],
                         stdout=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"compare: {folder.name}: exit status {run.returncode}")
    return json.loads(run.stdout)


def what_happened(result):
    """The fate of the extension, in the words of the report."""
    others = [name for name in result["merged"] if name != "companion"]
    if others:
        return "merged"
    return "left out" if "companion" in result["merged"] else "aborts-all"


def what_was_said(report):
    extension = report["extensions"][0]
    if extension["merges"] == "yes":
        return "merged"
    if extension["merges"] == "unknown":
        return "unknown"
    consequence = extension["consequence"]
    return "aborts-all" if consequence == "aborts-all" else "left out"


def damaged_paths(report):
    return {"/" + finding["path"] for finding in report["findings"]
            if finding["id"] == "verity-data-corrupt"}


def compare(result, report, may_be_unknown):
    """Yields a line for each difference."""
    happened, said = what_happened(result), what_was_said(report)
    works = report["extensions"][0]["works"]
    if said == "unknown" and not may_be_unknown:
        yield f"said 'unknown', but it was {happened}"
    if said not in ("unknown", happened):
        yield f"said '{said}', but it was {happened}"
    if happened != "merged":
        return
    unreadable = set(result["unreadable"])
    if unreadable != damaged_paths(report) and said != "unknown":
        yield f"unreadable are {sorted(unreadable)}, said {sorted(damaged_paths(report))}"
    if unreadable and works == "yes":
        yield f"said 'works yes', but {sorted(unreadable)} cannot be read"
    if result["ran"] is not None and (result["ran"] == 0) != (works == "yes"):
        yield f"said 'works {works}', but the program ended with {result['ran']}"


def main():
    program, base, cases, results, *unknown = sys.argv[1:]
    n_passed = n_failed = 0
    with open(results, encoding="utf-8") as lines:
        for line in lines:
            result = json.loads(line)
            report = judge(program, base, pathlib.Path(cases) / result["name"])
            wrong = [f"the case itself failed: {problem}" for problem in result["problems"]]
            wrong += compare(result, report, result["name"] in unknown)
            for text in wrong:
                print(f"not ok {result['name']}: {text}")
            if wrong:
                n_failed += 1
            else:
                n_passed += 1
    print(f"boot verdicts: {n_passed} passed, {n_failed} failed")
    sys.exit(n_failed > 0 or n_passed == 0)


if __name__ == "__main__":
    main()
