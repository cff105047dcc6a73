#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a small disk image with a GPT of four entries: disk.py [OPTION] OUTPUT TYPE=FILE..."""
import argparse
import struct
import uuid
import zlib

# UAPI group, Discoverable Partitions Specification.
TYPES = {
    'root': '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
    'root-verity': '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5',
    'root-verity-sig': '41092b05-9fc8-4523-994f-2def0408b176',
    'usr': '8484680c-9521-48c6-9c11-b0720656f69e',
    'usr-verity': '77ff5f63-e7b6-4633-acf4-1565b864c0e6',
    'usr-verity-sig': 'e7bb33fb-06cf-4e81-8273-e543b413e2e2',
    'root-arm64': 'b921b045-1df0-41c3-af44-4c6f280d3fae',
    'generic': '0fc63daf-8483-4772-8e79-3d69d8477de4',
    'swap': '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f',
}
N_ENTRIES = 4


def header(own, other, entries_at, first, last, entries):
    fields = [b'EFI PART', 0x10000, 92, 0, 0, own, other, first, last,
              uuid.UUID(int=1).bytes_le, entries_at, N_ENTRIES, 128, zlib.crc32(entries)]
    layout = '<8sIIIIQQQQ16sQIII'
    fields[3] = zlib.crc32(struct.pack(layout, *fields))
    return struct.pack(layout, *fields)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--sector', type=int, default=512)
    parser.add_argument('--no-mbr', action='store_true')
    parser.add_argument('--no-primary', action='store_true')
    parser.add_argument('--no-backup', action='store_true')
    parser.add_argument('output')
    parser.add_argument('partitions', nargs='+')
    arguments = parser.parse_args()
    sector = arguments.sector
    entries = b''
    body = b''
    at = 3
    for number, partition in enumerate(arguments.partitions):
        kind, path = partition.split('=', 1)
        with open(path, 'rb') as file:
            data = file.read()
        data += bytes(-len(data) % sector)
        last = at + len(body + data) // sector - 1
        entries += struct.pack('<16s16sQQQ72s', uuid.UUID(TYPES[kind]).bytes_le,
                               uuid.UUID(int=number + 2).bytes_le,
                               at + len(body) // sector, last, 0, kind.encode('utf-16-le'))
        body += data
    entries = entries.ljust(N_ENTRIES * 128, b'\0')
    end = at + len(body) // sector
    mbr = bytes(446) + struct.pack('<B3sB3sII', 0, b'', 0xee, b'', 1, end + 1) + bytes(48)
    mbr += b'\x55\xaa'
    parts = [
        bytes(512) if arguments.no_mbr else mbr,
        b'' if arguments.no_primary else header(1, end + 1, 2, at, end - 1, entries),
        entries,
        body,
    ]
    if not arguments.no_backup:
        parts += [entries, header(end + 1, 1, end, at, end - 1, entries)]
    with open(arguments.output, 'wb') as file:
        for part in parts:
            file.write(part if part is body else part.ljust(sector, b'\0'))


main()
