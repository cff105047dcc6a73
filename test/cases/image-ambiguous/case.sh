# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A squashfs in whose contents the superblock of an ext4 stands where libblkid looks for it.
image=bare
options=(--location=initrd)
head -c 2000000 /dev/zero | tr '\0' x >tree/usr/bin/filler
after_image() {
	truncate -s 2M other
	mkfs.ext4 -q -b 1024 other
	dd if=other of=hello.raw bs=1024 skip=1 seek=1 count=1 conv=notrunc status=none
}
