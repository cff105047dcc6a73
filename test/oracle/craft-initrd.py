#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes initrds that are hard to read right, to be unpacked by the kernel itself.

usage: craft-initrd.py DIRECTORY

Makes in DIRECTORY:
  kernel.cpio   what the kernel's own archive holds (usr/default_cpio_list of Linux); it is
                unpacked before any other
  rules.cpio    archives one after the other, in which later files meet earlier ones
  packed        a small archive in each compression that the kernel knows, zeros between
  garbage       what is no archive
"""

import os
import stat
import subprocess
import sys

TIME = 1700000000
PROGRAMS = (
    ("gzip", ["gzip", "-nc"]),
    ("bzip2", ["bzip2", "-c"]),
    ("lzma", ["xz", "--format=lzma", "-c"]),
    ("xz", ["xz", "--check=crc32", "--lzma2=dict=1MiB", "-c"]),
    ("zstd", ["zstd", "-qc"]),
    ("lzo", ["lzop", "-c"]),
    ("lz4", ["lz4", "-lc"]),
)


class Archive:
    """A newc archive that grows."""

    def __init__(self):
        self.data = b""
        self.inode = 0

    def add(self, name, mode, body=b"", **more):
        """One entry; more: uid, gid, mtime, links, inode, device, sum (crc form)."""
        self.inode += 1
        inode = more.get("inode", self.inode)
        major, minor = more.get("device", (0, 0))
        body = body.encode() if isinstance(body, str) else body
        name = name.encode() if isinstance(name, str) else name
        fields = [
            inode,
            mode,
            more.get("uid", 0),
            more.get("gid", 0),
            more.get("links", 1),
            more.get("mtime", TIME),
            len(body),
            8,
            1,
            major,
            minor,
            len(name) + 1,
            sum(body) & 0xFFFFFFFF if more.get("sum") else 0,
        ]
        self.data += b"070702" if more.get("sum") else b"070701"
        self.data += b"".join(b"%08X" % field for field in fields)
        self.pad(name + b"\0")
        self.pad(body)
        return self

    def pad(self, data):
        """Appends bytes up to a multiple of 4."""
        self.data += data
        self.data += bytes(-len(self.data) % 4)

    def file(self, name, body="", mode=0o644, **more):
        """A regular file."""
        return self.add(name, stat.S_IFREG | mode, body, **more)

    def directory(self, name, mode=0o755, **more):
        """A directory."""
        return self.add(name, stat.S_IFDIR | mode, **more)

    def link(self, name, target, **more):
        """A symbolic link."""
        return self.add(name, stat.S_IFLNK | 0o777, target, **more)

    def node(self, name, kind, device=(0, 0), mode=0o600, **more):
        """A device node, FIFO or socket."""
        return self.add(name, kind | mode, device=device, **more)

    def end(self):
        """The whole archive, with its trailer."""
        self.add("TRAILER!!!", 0, inode=0, mtime=0)
        return self.data


def kernel():
    """usr/default_cpio_list."""
    archive = Archive()
    archive.directory("dev")
    archive.node("dev/console", stat.S_IFCHR, (5, 1))
    archive.directory("root", 0o700)
    return archive.end()


def first():
    """What rules() meets again; every kind of file, and names that need care."""
    a = Archive()
    a.directory("t", 0o751, uid=3, gid=4, mtime=TIME - 1000)
    a.file("t/plain", "plain\n", 0o4755, uid=1000, gid=70000, mtime=TIME - 5)
    a.file("t/empty")
    a.file("t/summed", "summed\n" * 100, sum=True)
    a.file("/t/absolute", "absolute\n")
    a.file("./t/./dot", "dot\n")
    a.file("t//double", "double\n")
    a.file("t/name with blanks", "blanks\n")
    a.file("t/n\u00e4me \u2713", "utf-8\n")
    a.file(b"t/latin-\xe4", "no utf-8\n")
    a.file("t/cut\0off", "a name ends at its first NUL\n")
    a.file("t/" + "n" * 255, "longest name\n")
    a.directory("t/sticky", 0o1777)
    a.link("t/link", "plain")
    a.link("t/dangling", "/no where/\u00e4")
    a.link("t/long", "x" * 1000)
    a.node("t/char", stat.S_IFCHR, (1, 3), 0o666)
    a.node("t/block", stat.S_IFBLK, (259, 70000))
    a.node("t/fifo", stat.S_IFIFO, mode=0o622)
    a.node("t/socket", stat.S_IFSOCK)
    a.file("t/lost/file", "no parent\n")
    a.directory("t/real")
    a.link("t/alias", "real")
    a.file("t/alias/through", "through a link\n")
    a.link("t/absolute-alias", "/t/real")
    a.file("t/absolute-alias/through-2", "through an absolute link\n")
    # Hard links: contents with the last name, with the first, with none, of other kinds.
    a.file("t/last-1", inode=900, links=3, mode=0o600)
    a.file("t/last-2", inode=900, links=3)
    a.file("t/last-3", "last\n", inode=900, links=3, mode=0o640)
    a.file("t/first-1", "first\n", inode=901, links=2)
    a.file("t/first-2", inode=901, links=2)
    a.file("t/none-1", inode=902, links=2)
    a.file("t/none-2", inode=902, links=2)
    a.file("t/alone", "says two names, has one\n", inode=903, links=2)
    a.node("t/node-1", stat.S_IFCHR, (4, 1), inode=904, links=2)
    a.node("t/node-2", stat.S_IFCHR, (4, 2), inode=904, links=2)
    a.file("t/shared-1", "before\n", inode=905, links=2)
    a.file("t/shared-2", inode=905, links=2)
    a.file("t/both-1", "longer contents\n", inode=906, links=2)
    a.file("t/both-2", "short\n", inode=906, links=2)
    return a.end()


def second():
    """Replaces what first() made: each pair of kinds that meets."""
    a = Archive()
    a.file("t/plain", "changed\n", 0o600, uid=1, gid=2)
    a.link("t/empty", "plain")
    a.directory("t/summed", 0o700)
    a.file("t/summed/inside", "a directory took the place of a file\n")
    a.file("t/sticky", "a file took the place of an empty directory\n")
    a.file("t/real", "lost: the directory is not empty\n")
    a.directory("t/real", 0o711, uid=7)
    a.file("t/link", "a file took the place of a link\n")
    a.directory("t/dangling")
    a.file("t/dangling/inside", "inside\n")
    a.link("t/long", "short")
    a.node("t/char", stat.S_IFCHR, (1, 5), 0o640, uid=9)
    a.node("t/block", stat.S_IFCHR, (1, 7))
    a.file("t/fifo", "a file took the place of a FIFO\n")
    a.node("t/absolute", stat.S_IFIFO)
    a.node("t/socket", stat.S_IFSOCK, mode=0o644, gid=5)
    # The file that both names share is written over, in place.
    a.file("t/shared-1", "after, for both names\n", 0o604, uid=11)
    # The same number as in the archive before, but another file.
    a.file("t/again-1", "again\n", inode=901, links=2)
    a.file("t/again-2", inode=901, links=2)
    # A name of a group is written over while the group is still written.
    a.file("t/cross-1", "cross\n", inode=910, links=2)
    a.file("t/cross-1", "crossed\n", 0o606)
    a.file("t/cross-2", inode=910, links=2)
    # The first name is no file any more, or has moved away: there is nothing to link to.
    a.file("t/gone-1", "gone\n", inode=911, links=2)
    a.node("t/gone-1", stat.S_IFIFO)
    a.directory("t/hidden")
    a.file("t/hidden/1", "hidden\n", inode=912, links=3)
    a.file("t/hidden/2", inode=912, links=3)
    a.file("t/hidden/1", inode=912, links=3)
    a.file("t/hidden/3", inode=912, links=3)
    a.directory("t/moved")
    a.link("t/moved", "real")
    a.file("t/moved/through-3", "the link took the place of an empty directory\n")
    return a.end()


def packed():
    """An archive in each compression; zeros between them, as many as each may have."""
    data = b""
    for number, (name, program) in enumerate(PROGRAMS):
        archive = Archive()
        archive.directory("p")
        archive.directory(f"p/{name}")
        archive.file(f"p/{name}/text", f"{name}\n" * 30000, mtime=TIME + number)
        archive.file(f"p/{name}/noise", os.urandom(300000))
        archive.file("p/last", f"{name} came last\n")
        data += subprocess.run(
            program, input=archive.end(), stdout=subprocess.PIPE, check=True
        ).stdout
        # The kernel knows where lz4's blocks end by a size of 0, so zeros end it.
        data += bytes(512 * number + 8 - len(data) % 4)
    return data


def main():
    """Writes the files."""
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n\n")[1])
    rules = first()
    rules += bytes(-len(rules) % 512) + second()
    for name, data in (
        ("kernel.cpio", kernel()),
        ("rules.cpio", rules + bytes(-len(rules) % 4)),
        ("packed", packed()),
        ("garbage", b"neither an archive nor zeros"),
    ):
        with open(os.path.join(sys.argv[1], name), "wb") as file:
            file.write(data)


main()
