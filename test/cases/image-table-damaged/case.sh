# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The file lost its end.
after_image() {
	truncate -s -512 hello.raw
}
