# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# An ext4 is taken by systemd and not read here.
before_image() {
	rm data
	truncate -s 1M data
	mkfs.ext4 -q -d tree data
}
