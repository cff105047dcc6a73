# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A damaged byte behind the file system is nobody's.
before_image() {
	truncate -s +8192 data
}
after_image() {
	local size
	size=$(stat -c %s data)
	change_byte hello.raw $((2048 * 512 + size - 10))
}
