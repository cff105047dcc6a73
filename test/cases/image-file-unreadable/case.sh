# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# No hash tree tells of a block that cannot be decompressed.
image=bare
options=(--location=initrd)
squashfs_options='-noI -noX -noF -b 4096'
head -c 200000 /dev/zero | tr '\0' x >tree/usr/bin/filler
after_image() {
	dd if=/dev/zero of=hello.raw bs=1 seek=96 count=20 conv=notrunc status=none
}
