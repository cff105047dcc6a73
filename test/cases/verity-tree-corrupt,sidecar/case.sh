# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A byte in the lower level of the hash tree beside the image is another.
image=bare
options=(--location=initrd)
head -c 600000 /dev/zero | tr '\0' x >tree/usr/bin/filler
after_image() {
	cp hash hello.verity
	cp root-hash hello.roothash
	change_byte hello.verity 12300
}
