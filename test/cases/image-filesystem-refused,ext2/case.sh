# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# libblkid does not call it ext4, so that systemd refuses it.
before_image() {
	rm data
	truncate -s 1M data
	mkfs.ext2 -q data
}
