# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
after_image() {
	change_byte hello.raw $((2048 * 512 + 8))
}
