# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
make_squashfs() {
	rm -f data
	mksquashfs "$1" data -noappend -quiet -no-progress -all-root -noI -noD -noF -noX \
		-p '/usr/bin/base-tool c 644 0 0 0 0' >/dev/null
	truncate -s %4096 data
}
