#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether the documents say all that the programs know, and nothing else.

usage: python3 test/style/docs.py BUILD    (from the top; BUILD is a finished build)

Prints "file:line: what is wrong" for each fault. Exit status: 0 if there is none, 1 if
there is one, 2 if the documents could not be judged.
"""
import re
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("sysext-verify", "sysext-build")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "NEWS.md", "formats/README.md")
FOLDERS = "formats|sysext-build|sysext-verify|test|examples|man"
MANIFEST_MANUAL = "man/sysext-manifest.5.scd"
MANIFEST_SOURCE = "sysext-build/manifest.c"
FORMATS = "formats/README.md"

# Lines of the manual that hold entries and nothing else; text may begin with a name, too.
OPTION_ENTRY = re.compile(r"(?:\*--?[a-z][a-z-]*\*(?:=_[A-Z]+_)?(?:, )?)+")
KEY_ENTRY = re.compile(r"(?:\*\w+=\*(?:, )?)+")


class Judge:
    """Counts what was looked at, and keeps the faults."""

    def __init__(self):
        self.passed = 0
        self.faults = []

    def expect(self, good, path, line, words):
        if good:
            self.passed += 1
        else:
            self.faults.append(f"{path}:{line}: {words}")


class Unusable(Exception):
    """Something is missing without which nothing can be judged."""


def read_lines(path):
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error


def run(program, *arguments):
    try:
        return subprocess.run([program, *arguments], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unusable(f"{program}: {error}") from error


def line_of(path, text):
    """The number of the first line of a file that has this text; 1 if none has."""
    for number, line in enumerate(read_lines(path), 1):
        if text in line:
            return number
    return 1


def some(found, what):
    """A source that yields nothing would make every comparison pass."""
    if not found:
        raise Unusable(f"found no {what}: has its form changed?")
    return found


def unescape(text):
    return re.sub(r"\\(.)", r"\1", text)


def options_of_help(program):
    """{"--base": ("PATH", "base")}: its value or "", and the name of its row."""
    found = {}
    for line in run(program, "--help"):
        match = re.match(r"  (?:-(\w), )?(--[a-z-]+)(?:=(\S+))?(?:\s|$)", line)
        if match:
            found[match[2]] = (match[3] or "", match[2][2:])
            if match[1]:
                found["-" + match[1]] = (match[3] or "", match[2][2:])
    return some(found, f"option in the help of {program}")


def options_of_manual(path):
    """{"--base": ("PATH", line)} from the entries of the section OPTIONS."""
    found, section = {}, None
    for number, line in enumerate(read_lines(path), 1):
        if line.startswith("# "):
            section = line[2:]
        elif section == "OPTIONS" and OPTION_ENTRY.fullmatch(line):
            for option, value in re.findall(r"\*(-[a-z-]+)\*(?:=_([A-Z]+)_)?", line):
                found[option] = (value, number)
    return some(found, f"option in {path}")


def judge_options(judge, build):
    for program in PROGRAMS:
        manual, source = f"man/{program}.1.scd", f"{program}/main.c"
        known = options_of_help(f"{build}/{program}/{program}")
        told = options_of_manual(manual)
        for option, (value, name) in known.items():
            row = line_of(source, f'{{"{name}"')
            judge.expect(option in told, source, row,
                         f"'{option}' is not among the OPTIONS of {manual}")
            if option in told:
                judge.expect(told[option][0] == value, manual, told[option][1],
                             f"'{option}' has the value '{told[option][0]}', the program "
                             f"says '{value}'")
        for option, (_, number) in told.items():
            judge.expect(option in known, manual, number,
                         f"{program} has no option '{option}'")


def place_of_check(check):
    for path in sorted(Path("sysext-verify/checks").glob("*.c")):
        for number, line in enumerate(read_lines(path), 1):
            if f'"{check}"' in line:
                return path, number
    return "sysext-verify/checks", 1


def judge_checks(judge, build):
    page = f"{build}/man/sysext-checks.7"
    if not Path(page).exists():
        raise Unusable(f"{page} is not there: build with -Dman=true")
    entries = {}
    for number, line in enumerate(read_lines(page), 1):
        match = re.fullmatch(r"\\fB(.+)\\fR", line)
        if match:
            entries.setdefault(unescape(match[1]), []).append(number)
    checks = [line.split()[0]
              for line in run(f"{build}/sysext-verify/sysext-verify", "--list-checks")]
    for check in some(checks, "check in --list-checks"):
        path, number = place_of_check(check)
        judge.expect(check in entries, path, number,
                     f"check '{check}' has no entry in {page}")
        judge.expect(len(entries.get(check, [])) < 2, path, number,
                     f"check '{check}' has several entries in {page}")


def judge_formats(judge):
    rows = {}
    for number, line in enumerate(read_lines(FORMATS), 1):
        if line.startswith("|"):
            for name in re.findall(r"\| `([\w-]+\.h)` \|", line):
                rows.setdefault(name, []).append(number)
    headers = sorted(path.name for path in Path("formats").glob("*.h"))
    for name in some(headers, "header in formats/"):
        judge.expect(name in rows, f"formats/{name}", 1, f"has no row in {FORMATS}")
    for name, numbers in some(rows, f"row in {FORMATS}").items():
        judge.expect(name in headers, FORMATS, numbers[0],
                     f"'{name}' is no file of formats/")
        judge.expect(len(numbers) == 1, FORMATS, numbers[-1], f"'{name}' has two rows")


def keys_of_source():
    """{(section, key): line} from the table of the manifest's reader."""
    row = re.compile(r'\s*\{"(\w+)", "(\w+)", parse_')
    matches = ((number, row.match(line))
               for number, line in enumerate(read_lines(MANIFEST_SOURCE), 1))
    return some({(match[1], match[2]): number for number, match in matches if match},
                f"key in {MANIFEST_SOURCE}")


def keys_of_manual():
    """{(section, key): line} from the entries below headings like "# [Image]"."""
    found, section = {}, None
    for number, line in enumerate(read_lines(MANIFEST_MANUAL), 1):
        if line.startswith("# "):
            section = line[2:].strip("[]") if line.startswith("# [") else None
        elif section and KEY_ENTRY.fullmatch(line):
            for key in re.findall(r"\*(\w+)=\*", line):
                found.setdefault((section, key), number)
    return some(found, f"key in {MANIFEST_MANUAL}")


def judge_keys(judge):
    known, told = keys_of_source(), keys_of_manual()
    for (section, key), number in known.items():
        judge.expect((section, key) in told, MANIFEST_SOURCE, number,
                     f"'{key}=' of [{section}] has no entry in {MANIFEST_MANUAL}")
    for (section, key), number in told.items():
        judge.expect((section, key) in known, MANIFEST_MANUAL, number,
                     f"there is no '{key}=' in [{section}]")


def targets_of(line):
    """Relative links, and paths of the project where they stand as code or command."""
    for target in re.findall(r"\]\(([^)\s]+)\)", line):
        if not re.match(r"[a-z]+:", target) and not target.startswith("#"):
            yield target.split("#")[0], True
    for path in re.findall(rf"(?<![\w/.-])(?:\./)?(?:{FOLDERS})/[\w./-]*", line):
        # In a path that stands for many, a word in capitals stands for the name.
        if not re.search(r"(?<![A-Za-z])(?:NAME|ID)(?![A-Za-z])", path):
            yield path.rstrip("."), False


def judge_links(judge):
    for document in DOCUMENTS:
        folder = Path(document).parent
        for number, line in enumerate(read_lines(document), 1):
            for target, is_link in targets_of(line):
                path = folder / target if is_link else Path(target)
                judge.expect(path.exists(), document, number,
                             f"'{target}' leads to no file")


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    judge, build = Judge(), sys.argv[1].rstrip("/")
    try:
        judge_options(judge, build)
        judge_checks(judge, build)
        judge_formats(judge)
        judge_keys(judge)
        judge_links(judge)
    except Unusable as error:
        print(f"docs.py: {error}", file=sys.stderr)
        return 2
    for fault in judge.faults:
        print(fault)
    print(f"{judge.passed} passed, {len(judge.faults)} failed, 0 skipped")
    return 1 if judge.faults else 0


if __name__ == "__main__":
    sys.exit(main())
