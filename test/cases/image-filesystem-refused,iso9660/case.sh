# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# An ISO 9660 beside the GPT: systemd 257 sees a file system, and so no partition table.
after_image() {
	printf '\001CD001\001' | dd of=hello.raw bs=1 seek=32768 conv=notrunc status=none
}
