# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Both headers are damaged.
after_image() {
	change_byte hello.raw $((512 + 24))
	change_byte hello.raw $(($(stat -c %s hello.raw) - 512 + 24))
}
