# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# One byte in the middle of one file of a bare image is another.
image=bare
options=(--location=initrd)
head -c 200000 /dev/zero | tr '\0' x >tree/usr/bin/filler
after_image() {
	cp hash hello.verity
	cp root-hash hello.roothash
	cp signature.der hello.roothash.p7s
	change_byte hello.raw $(($(place_of hello.raw xxxxxxxx) + 50000))
}
