# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The table of directories is damaged.
before_image() {
	tables=$(od -An -tu8 -j 72 -N 8 data)
}
after_image() {
	change_byte hello.raw $((2048 * 512 + tables + 10))
}
head -c 100000 /dev/zero | tr '\0' x >tree/usr/bin/filler
