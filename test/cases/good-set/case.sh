# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Two that meet in directories only; and one that is left out and ends nothing.
second() {
	mkdir -p "$1"/usr/{share/second,lib/extension-release.d}
	echo text >"$1/usr/share/second/text"
	printf '%s\n' ID=test "VERSION_ID=$2" SYSEXT_SCOPE=initrd \
		>"$1/usr/lib/extension-release.d/extension-release.$1"
}
after_image() {
	second second 1
}
options=(--location=initrd second)
