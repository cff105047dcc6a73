# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
before_assembly() {
	truncate -s 4096 hash
}
