# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Data that is no file system.
before_image() {
	truncate -s 0 data
	truncate -s 65536 data
}
