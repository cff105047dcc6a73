#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a program in bounds: bounded.py SECONDS MIB PROGRAM...

Its exit status is the program's, or 99 with words if it took longer or more memory.
"""

import os
import resource
import subprocess
import sys


def main():
    seconds, mib = int(sys.argv[1]), int(sys.argv[2])
    # Freed memory that a sanitizer keeps is not the program's.
    environment = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=1")
    try:
        status = subprocess.run(sys.argv[3:], timeout=seconds, env=environment,
                                check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"bounded: more than {seconds} seconds")
        return 99
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    if used > mib:
        print(f"bounded: {used} MiB of memory, at most {mib} are good")
        return 99
    return status


if __name__ == "__main__":
    sys.exit(main())
