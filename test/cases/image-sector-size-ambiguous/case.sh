# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A second header where 4096-byte sectors would have it.
after_image() {
	dd if=hello.raw of=hello.raw bs=512 skip=1 seek=8 count=1 conv=notrunc status=none
}
