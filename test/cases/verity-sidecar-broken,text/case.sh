# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A root hash with a letter that is no digit.
image=bare
options=(--location=initrd)
after_image() {
	cp hash hello.verity
	cp root-hash hello.roothash
	cp signature.der hello.roothash.p7s
	tr 0-9a-f g-v <root-hash >hello.roothash
}
