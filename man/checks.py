#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the source of sysext-checks(7) from what sysext-verify says of its checks.

usage: checks.py SYSEXT-VERIFY OUTPUT
"""
import re
import subprocess
import sys
import textwrap

HEAD = """\
sysext-checks(7) "sysext-toolkit" "Checks"

; SPDX-License-Identifier: LGPL-2.1-or-later

# NAME

sysext-checks - what sysext-verify looks for in a base and in system extensions

# DESCRIPTION

Each check of *sysext-verify*(1) has an id, which is never used for anything else. Its
first word is the topic. The order is that in which the checks run.

The severity says how bad it is: an _error_ decides the verdict, a _warning_ and a _note_
do not. A check of any severity that cannot decide makes the verdict unknown, if its
consequence is one of the first five below and no error decides.

The consequence says what follows at boot:

"""

CONSEQUENCES = {
    "aborts-all": "systemd gives up; no extension at all is merged.",
    "ignored": "systemd leaves this extension out and merges the others.",
    "not-seen": "systemd never looks at the extension.",
    "broken": "The extension is merged, but something that it ships does not work.",
    "harms-base": "The extension is merged, and something of the base stops working.",
    "risk": "It may fail, or harm, depending on what these files do not show.",
    "info": "Nothing fails.",
}

TAIL = """\
# SEE ALSO

*sysext-verify*(1), *sysext-build*(1), *systemd-sysext*(8)
"""

EXPLANATION = re.compile(
    r"(?P<id>[a-z0-9-]+): (?P<title>.+?)\n\n"
    r"severity: +(?P<severity>[a-z]+)\nconsequence: +(?P<consequence>[a-z-]+)\n\n"
    r"(?P<why>.+?)\n\nWhat to do: (?P<fix>.+?)\n\n"
    r"Where the rule is written down: (?P<source>.+?)\n", re.DOTALL)


def run(program, *arguments):
    return subprocess.run([program, *arguments], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def escape(text):
    """Text without any meaning for scdoc."""
    return re.sub(r"([\\*_`\[\]#<>|+~.;-])", r"\\\1", " ".join(text.split()))


def paragraph(text):
    """Indented by one level; escape() keeps a line from beginning with a mark."""
    return textwrap.fill(text, 86, initial_indent="\t", subsequent_indent="\t",
                         break_long_words=False, break_on_hyphens=False) + "\n\n"


def ids(program):
    return [line.split()[0] for line in run(program, "--list-checks").splitlines()]


def entry(program, check):
    match = EXPLANATION.fullmatch(run(program, "--explain=" + check))
    if not match or match["id"] != check:
        sys.exit(f"checks.py: cannot understand what '--explain={check}' prints")
    if match["consequence"] not in CONSEQUENCES:
        sys.exit(f"checks.py: {check} has the unknown consequence "
                 f"'{match['consequence']}'")
    text = {name: escape(value) for name, value in match.groupdict().items()}
    return (f"*{text['id']}*\n"
            + paragraph(f"{text['title']} "
                        f"(_{text['severity']}_, _{text['consequence']}_)")
            + paragraph(f"*Why:* {text['why']}")
            + paragraph(f"*Fix:* {text['fix']}")
            + paragraph(f"*Source:* {text['source']}"))


def page(program):
    checks = ids(program)
    if not checks:
        sys.exit("checks.py: '--list-checks' prints nothing")
    yield HEAD
    for name, meaning in CONSEQUENCES.items():
        yield f"*{escape(name)}*\n" + paragraph(escape(meaning))
    topic = None
    for check in checks:
        if check.split("-")[0] != topic:
            topic = check.split("-")[0]
            yield f"# {topic.upper()}\n\n"
        yield entry(program, check)
    yield TAIL


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: checks.py SYSEXT-VERIFY OUTPUT")
    program, output = sys.argv[1:]
    text = "".join(page(program))
    with open(output, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
