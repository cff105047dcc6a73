# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The signature beside the image is JSON, as in a partition, and not PKCS#7.
image=bare
options=(--location=initrd)
after_image() {
	cp hash hello.verity
	cp root-hash hello.roothash
	cp signature.der hello.roothash.p7s
	cp signature hello.roothash.p7s
}
