# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A FAT in a signed partition is taken by systemd and not read here.
before_image() {
	rm data
	truncate -s 1M data
	mkfs.vfat data >/dev/null
}
