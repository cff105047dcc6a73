# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# One fewer than in set-options-too-long.
image=directory
options=(--location=initrd)
for i in {11..26}; do
	long=$i$(printf 'x%.0s' {1..202})
	mkdir -p "$long"/usr/{share/"$i",lib/extension-release.d}
	echo text >"$long/usr/share/$i/text"
	printf '%s\n' ID=test VERSION_ID=1 SYSEXT_SCOPE=initrd \
		>"$long/usr/lib/extension-release.d/extension-release.$long"
	options+=("$long")
done
name=$long
unset 'options[-1]'
make_extension_image() { :; }
