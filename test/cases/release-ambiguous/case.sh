# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
name=hello_1.raw
cp tree/usr/lib/extension-release.d/extension-release.{hello,second}
make_squashfs() {
	rm -f data
	tar -C "$1" -c --format=pax --owner=0 --group=0 \
		'--pax-option=SCHILY.xattr.user.extension-release.strict:=0' . |
		mksquashfs - data -tar -quiet -no-progress -noI -noD -noF -noX >/dev/null
	truncate -s %4096 data
}
