# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Bytes behind the last member.
pack_base() {
	(cd base && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) >initrd
	echo garbage >>initrd
}
