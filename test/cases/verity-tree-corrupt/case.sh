# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The lower level of the hash tree is damaged.
head -c 1000000 /dev/zero | tr '\0' x >tree/usr/bin/filler
before_assembly() {
	change_byte hash $((3 * 4096 + 5))
}
