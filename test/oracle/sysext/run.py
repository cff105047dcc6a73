#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asks the real systemd-sysext and sysext-verify the same questions.

usage: run.py --root=DIR --program=FILE --work=DIR [--only=CASE]... [--list]

--root is a root file system with systemd-sysext; it is not changed. --program is the
sysext-verify to judge. Each case is merged for real, in a mount namespace of its own and in
an overlay over the root. Prints each case on which the two differ, and one line with counts.
Must be run as root; the kernel needs loop devices, overlayfs, squashfs, erofs and ext4.
Exit status: 0 if all agree, 1 if not, 2 if the cases could not be run.
"""

import argparse
import glob
import json
import multiprocessing
import os
import shutil
import subprocess
import sys

import cases
import images

# An extension that is good on every base, beside each case: if it is not merged, the case has
# ended the merge of all.
WITNESS = "witness"
WITNESS_PLACE = "var/lib/extensions"
WITNESS_TREE = images.Tree(files={
    "usr/share/witness/text": "here\n",
    f"{cases.RELEASES}/extension-release.{WITNESS}":
        'ID=_any\nSYSEXT_SCOPE="initrd system"\n'})

def parse_arguments():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--root")
    parser.add_argument("--program")
    parser.add_argument("--work")
    parser.add_argument("--only", action="append")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--inside", action="store_true")
    parser.add_argument("--help", action="store_true")
    return parser.parse_args()


def chosen(arguments):
    return [case for case in cases.all_cases()
            if not arguments.only or case.name in arguments.only]


def folder_of(work, number):
    return f"{work}/cases/{number:03}"


def make_cases(chosen_cases, work):
    """A folder for each case, with the places as folders in it. Returns what cannot be."""
    impossible = set()
    for number, case in enumerate(chosen_cases):
        folder = folder_of(work, number)
        os.makedirs(f"{folder}/{WITNESS_PLACE}")
        images.write_tree(WITNESS_TREE, f"{folder}/{WITNESS_PLACE}/{WITNESS}")
        try:
            for at, entry in enumerate(case.entries):
                place = f"{folder}/{entry.place}"
                os.makedirs(place, exist_ok=True)
                images.make_entry(entry, f"{folder}/making{at}", f"{place}/{entry.name}")
        except OSError as error:
            print(f"{case.name}: cannot be made: {error.strerror}")
            impossible.add(number)
    return impossible


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def enter_root(root, work):
    """An overlay over @root that takes all changes, with what systemd-sysext asks for."""
    inside, changes = f"{work}/inside", f"{work}/changes"
    os.makedirs(inside)
    os.makedirs(changes)
    mount("-t", "tmpfs", "tmpfs", changes)
    os.makedirs(f"{changes}/upper")
    os.makedirs(f"{changes}/work")
    mount("-t", "overlay", "overlay", "-o",
          f"lowerdir={root},upperdir={changes}/upper,workdir={changes}/work", inside)
    # What is merged is seen only where mounts propagate.
    mount("--make-shared", inside)
    for name in ("proc", "dev", "sys"):
        mount("--rbind", f"/{name}", f"{inside}/{name}")
    mount("-t", "tmpfs", "tmpfs", f"{inside}/run")
    return inside


def ask(inside, *arguments):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_LOG_LEVEL": "debug"}
    return subprocess.run(["chroot", inside, "systemd-sysext", "--no-pager", *arguments],
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=60, check=False)


def write_file(path, content):
    if os.path.lexists(path):
        os.unlink(path)
    if content is not None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)


def base_files(case):
    """What of the base is the case's own: path, content (None: not there)."""
    yield "usr/lib/os-release", case.os_release
    yield "etc/initrd-release", "" if case.initrd_release else None
    yield from case.base.items()


def merge_one(inside, case, folder):
    for path, content in base_files(case):
        write_file(f"{inside}/{path}", content)
    if case.os_release is None:
        write_file(f"{inside}/etc/os-release", None)
    mounted = []
    for place in sorted({entry.place for entry in case.entries} | {WITNESS_PLACE}):
        os.makedirs(f"{inside}/{place}", exist_ok=True)
        mount("--bind", f"{folder}/{place}", f"{inside}/{place}")
        mounted.append(f"{inside}/{place}")
    listed = ask(inside, "list", "--json=short")
    merged = ask(inside, "merge")
    status = ask(inside, "status", "--json=short")
    ask(inside, "unmerge")
    for path in mounted:
        subprocess.run(["umount", "-l", path], check=True)
    if case.os_release is None:
        os.symlink("../usr/lib/os-release", f"{inside}/etc/os-release")
    for path in case.base:
        write_file(f"{inside}/{path}", None)
    return {"listed": names_of(listed.stdout, "name"), "merged": extensions_of(status.stdout),
            "words": merged.stderr.decode(errors="replace").splitlines()[-8:]}


def names_of(text, key):
    try:
        return [row[key] for row in json.loads(text or b"[]")]
    except ValueError:
        return []


def extensions_of(text):
    found = set()
    for row in json.loads(text or b"[]"):
        if isinstance(row.get("extensions"), list):
            found.update(row["extensions"])
    return sorted(found)


def run_inside(arguments):
    inside = enter_root(os.path.abspath(arguments.root), arguments.work)
    results = {}
    for number, case in enumerate(chosen(arguments)):
        folder = folder_of(arguments.work, number)
        if os.path.isdir(folder):
            results[number] = merge_one(inside, case, folder)
    with open(f"{arguments.work}/real.json", "w", encoding="utf-8") as file:
        json.dump(results, file)
    return 0


def real_answer(case, result):
    if len(case.entries) > 1:
        return "yes" if len(result["merged"]) == len(case.entries) + 1 else "no"
    if WITNESS not in result["merged"]:
        return "aborts-all"
    if len(result["merged"]) > 1:
        return "yes"
    return "ignored" if len(result["listed"]) > 1 else "not-seen"


def copy(root, path, target):
    """A file of the root and, where it is a link, what it leads to, under its own name."""
    source = f"{root}/{path}"
    os.makedirs(os.path.dirname(f"{target}/{path}"), exist_ok=True)
    shutil.copy2(source, f"{target}/{path}")


def make_base(root, target):
    """The part of the root that decides whether anything is merged."""
    for name in ("bin", "sbin", "lib"):
        os.makedirs(f"{target}/usr/{name}")
        os.symlink(f"usr/{name}", f"{target}/{name}")
    for path in ("usr/lib/systemd/systemd", "usr/bin/systemd-sysext"):
        copy(root, path, target)
    for pattern in ("usr/lib/systemd/libsystemd-shared-*.so",
                    "usr/lib/*-linux-gnu/systemd/libsystemd-shared-*.so",
                    "usr/lib/*-linux-gnu/libcryptsetup.so.12"):
        for path in glob.glob(f"{root}/{pattern}"):
            copy(root, os.path.relpath(path, root), target)
    units = "usr/lib/systemd/system"
    for path in glob.glob(f"{root}/{units}/systemd-sysext*.service"):
        copy(root, os.path.relpath(path, root), target)
        for wants in ("sysinit.target.wants", "initrd.target.wants"):
            os.makedirs(f"{target}/{units}/{wants}", exist_ok=True)
            os.symlink(f"../{os.path.basename(path)}",
                       f"{target}/{units}/{wants}/{os.path.basename(path)}")
    os.makedirs(f"{target}/usr/lib/modules/1")
    modules = ("loop", "overlay", "squashfs", "erofs", "ext4", "dm-mod", "dm-verity")
    write_file(f"{target}/usr/lib/modules/1/modules.builtin",
               "".join(f"kernel/{name}.ko\n" for name in modules))
    os.makedirs(f"{target}/etc")
    os.symlink("../usr/lib/os-release", f"{target}/etc/os-release")


def judge(job):
    program, base, case, folder = job
    own = f"{folder}/base"
    subprocess.run(["cp", "-al", base, own], check=True)
    for path, content in base_files(case):
        write_file(f"{own}/{path}", content)
    extensions = [f"{folder}/{entry.place}/{entry.name}" for entry in case.entries]
    if len(extensions) > 1:
        extensions.append(f"{folder}/{WITNESS_PLACE}/{WITNESS}")
    run = subprocess.run(
        [program, f"--base={own}", f"--location=/{case.entries[0].place}",
         "--report=json", "--", *extensions], capture_output=True, check=False)
    shutil.rmtree(own)
    if run.returncode not in (0, 1):
        return f"status {run.returncode}: {run.stderr.decode(errors='replace').strip()}", []
    report = json.loads(run.stdout)
    verdict = report["extensions"][0]
    findings = [f"{finding['id']}: {finding['path']}: {finding['detail']}"
                for finding in report["findings"] + report["unknown"]]
    if len(extensions) > 1:
        return report["verdict"]["merges"], findings
    if verdict["merges"] == "no":
        return verdict["consequence"], findings
    return verdict["merges"], findings


def compare(chosen_cases, arguments):
    with open(f"{arguments.work}/real.json", encoding="utf-8") as file:
        results = {int(number): result for number, result in json.load(file).items()}
    base = f"{arguments.work}/base"
    make_base(arguments.root, base)
    numbers = sorted(results)
    with multiprocessing.Pool() as pool:
        verdicts = pool.map(judge, [(arguments.program, base, chosen_cases[number],
                                     folder_of(arguments.work, number))
                                    for number in numbers])
    counts = {"agreed": 0, "differs": 0, "unknown": 0}
    for number, (said, findings) in zip(numbers, verdicts):
        answer = real_answer(chosen_cases[number], results[number])
        if said == answer:
            counts["agreed"] += 1
            continue
        counts["unknown" if said == "unknown" else "differs"] += 1
        print(f"{chosen_cases[number].name}: systemd says {answer}, the verdict is {said}")
        for line in findings:
            print(f"    verdict: {line}")
        for line in results[number]["words"]:
            print(f"    systemd: {line}")
    return counts


def main():
    arguments = parse_arguments()
    if arguments.help or not (arguments.list or arguments.root):
        print(__doc__)
        return 0 if arguments.help else 2
    chosen_cases = chosen(arguments)
    if arguments.list:
        print("\n".join(case.name for case in chosen_cases))
        return 0
    arguments.work = os.path.abspath(arguments.work)
    if arguments.inside:
        return run_inside(arguments)
    shutil.rmtree(arguments.work, ignore_errors=True)
    os.makedirs(arguments.work)
    for number in make_cases(chosen_cases, arguments.work):
        shutil.rmtree(folder_of(arguments.work, number))
    subprocess.run(["unshare", "--mount", "--propagation", "private", sys.executable,
                    *sys.argv, "--inside"], check=True)
    counts = compare(chosen_cases, arguments)
    version = ask("/" if not arguments.root else arguments.root, "--version").stdout.split()
    print(f"sysext of systemd {version[1].decode()}: {counts['agreed']} passed, "
          f"{counts['differs'] + counts['unknown']} failed "
          f"({counts['unknown']} of them unknown)")
    return 0 if counts["agreed"] == sum(counts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
