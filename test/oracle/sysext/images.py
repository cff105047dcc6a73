# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes what a case puts into a directory of extensions: trees, images, junk, links."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field


@dataclass
class Tree:
    """An extension's files. Paths are relative; values are text or bytes."""
    files: dict = field(default_factory=dict)
    links: dict = field(default_factory=dict)
    directories: tuple = ()
    xattrs: dict = field(default_factory=dict)  # path -> value of the strict attribute
    nodes: tuple = ()  # (path, kind, major, minor)


@dataclass
class Entry:
    """One name in a directory of extensions."""
    name: str
    kind: str = "squashfs"  # or directory, erofs, ext4, gpt, bytes, link, fifo, ...
    tree: Tree = None
    content: bytes = b""
    target: str = ""
    table: tuple = ()  # of a gpt: (type, label, attributes, what) for each partition
    place: str = "var/lib/extensions"


def run(*command, **options):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)


def write_tree(tree, folder):
    os.makedirs(folder, exist_ok=True)
    for path in tree.directories:
        os.makedirs(os.path.join(folder, path), exist_ok=True)
    for path, content in tree.files.items():
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
    for path, goal in tree.links.items():
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(goal, target)
    for path, kind, major, minor in tree.nodes:
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        run("mknod", target, kind, *([str(major), str(minor)] if kind != "p" else []))
    for path, value in tree.xattrs.items():
        os.setxattr(os.path.join(folder, path), "user.extension-release.strict",
                    value.encode())


def make_filesystem(kind, folder, image):
    if kind == "squashfs":
        run("mksquashfs", folder, image, "-quiet", "-no-progress", "-all-root", "-noappend",
            "-comp", "zstd", "-Xcompression-level", "1")
    elif kind == "erofs":
        run("mkfs.erofs", "--all-root", "--quiet", image, folder)
    elif kind == "ext4":
        run("mkfs.ext4", "-q", "-d", folder, image, "4M")
    elif kind == "vfat":
        run("mkfs.vfat", "-C", image, "2048")
    else:
        raise ValueError(kind)


def make_gpt(entry, work, image):
    """Partitions one behind the other from 1 MiB on, each a MiB or as large as it must be."""
    script, parts, at = ["label: gpt"], [], 2048
    for number, (kind, label, attributes, what) in enumerate(entry.table):
        part = f"{work}/part{number}"
        if what in ("squashfs", "erofs", "ext4"):
            write_tree(entry.tree, f"{work}/tree{number}")
            make_filesystem(what, f"{work}/tree{number}", part)
        else:
            with open(part, "wb") as file:
                file.write(what)
        sectors = max(2048, (os.path.getsize(part) + 511) // 512)
        line = f"start={at}, size={sectors}, type={kind}"
        if label:
            line += f', name="{label}"'
        if attributes:
            line += f', attrs="{attributes}"'
        script.append(line)
        parts.append((at, part))
        at += (sectors + 2047) // 2048 * 2048
    with open(image, "wb") as file:
        file.truncate((at + 2048) * 512)
    run("sfdisk", "-q", image, input="\n".join(script).encode())
    with open(image, "r+b") as file:
        for start, part in parts:
            file.seek(start * 512)
            with open(part, "rb") as source:
                shutil.copyfileobj(source, file)


def make_entry(entry, work, target):
    """Makes @entry at @target, with temporary files in @work."""
    os.makedirs(work)
    if entry.kind == "directory":
        write_tree(entry.tree, target)
    elif entry.kind == "bytes":
        with open(target, "wb") as file:
            file.write(entry.content)
    elif entry.kind == "link":
        os.symlink(entry.target, target)
    elif entry.kind == "fifo":
        os.mkfifo(target)
    elif entry.kind == "gpt":
        make_gpt(entry, work, target)
        if entry.content:
            with open(target, "r+b") as file:
                for at, data in entry.content:
                    file.seek(at, os.SEEK_SET if at >= 0 else os.SEEK_END)
                    file.write(data)
    else:
        write_tree(entry.tree, f"{work}/tree")
        make_filesystem(entry.kind, f"{work}/tree", target)
    shutil.rmtree(work)
