# SPDX-License-Identifier: LGPL-2.1-or-later
"""The form of a listing, which list-tree.c describes; for what makes one by other means."""

import stat

COLUMNS = "path type mode uid gid size target device links xattrs sha256 mtime".split()

TYPES = {
    stat.S_IFREG: "f",
    stat.S_IFDIR: "d",
    stat.S_IFLNK: "l",
    stat.S_IFCHR: "c",
    stat.S_IFBLK: "b",
    stat.S_IFIFO: "p",
    stat.S_IFSOCK: "s",
}


class File:
    """One file: bytes where the listing has text."""

    def __init__(self, path, mode):
        self.path = path
        self.mode = mode
        self.uid = self.gid = self.size = self.mtime = 0
        self.target = b""
        self.device = (0, 0)
        self.inode = None
        self.xattrs = {}
        self.sha256 = "-"

    def is_file(self):
        """Whether it is a regular file."""
        return stat.S_ISREG(self.mode)

    def columns(self, first):
        """The columns, where first is the first name of its group, or None."""
        is_device = stat.S_ISCHR(self.mode) or stat.S_ISBLK(self.mode)
        return [
            escape(self.path or b"."),
            TYPES[stat.S_IFMT(self.mode)],
            f"{stat.S_IMODE(self.mode):04o}",
            str(self.uid),
            str(self.gid),
            str(self.size) if self.is_file() else "-",
            escape(self.target) if stat.S_ISLNK(self.mode) else "-",
            f"{self.device[0]}:{self.device[1]}" if is_device else "-",
            escape(first) if first else "-",
            ",".join(f"{escape(name)}={self.xattrs[name].hex()}" for name in sorted(self.xattrs))
            or "-",
            self.sha256,
            str(self.mtime),
        ]


def escape(text):
    """Bytes as ASCII: what is not visible, a backslash or a comma becomes \\xNN."""
    return "".join(
        chr(byte) if 0x20 < byte < 0x7F and byte not in b"\\," else f"\\x{byte:02x}"
        for byte in text
    )


def write(files, out):
    """Writes the listing; files of one inode are names of one file."""
    files = sorted(files, key=lambda file: file.path)
    groups = {}
    for file in files:
        if file.is_file():
            groups.setdefault(file.inode, []).append(file.path)
    for file in files:
        group = groups[file.inode] if file.is_file() else ()
        print("\t".join(file.columns(group[0] if len(group) > 1 else None)), file=out)
