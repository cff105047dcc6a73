# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The side cars of an entry lie beside it.
image=bare
options=(--location=initrd)
after_image() {
	mkdir hello.raw.v
	mv hello.raw hello.raw.v/hello_1.raw
	cp hash hello.raw.v/hello_1.verity
	cp root-hash hello.raw.v/hello_1.roothash
	cp signature.der hello.raw.v/hello_1.roothash.p7s
	name=hello.raw.v
}
