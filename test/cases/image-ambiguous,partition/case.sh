# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The same in the partition of a signed image.
head -c 2000000 /dev/zero | tr '\0' x >tree/usr/bin/filler
before_image() {
	truncate -s 2M other
	mkfs.ext4 -q -b 1024 other
	dd if=other of=data bs=1024 skip=1 seek=1 count=1 conv=notrunc status=none
}
