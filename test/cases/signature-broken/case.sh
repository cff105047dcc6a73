# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Bytes behind the first NUL byte.
before_assembly() {
	change_byte signature 16000
}
