# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A block of a file, but one where libblkid looks.
head -c 200000 /dev/zero | tr '\0' x >tree/usr/bin/filler
after_image() {
	change_byte hello.raw $((2048 * 512 + 65536 + 100))
}
