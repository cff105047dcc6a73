# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Half of the least that systemd takes for a root hash.
image=bare
options=(--location=initrd)
after_image() {
	cp hash hello.verity
	cp root-hash hello.roothash
	cp signature.der hello.roothash.p7s
	head -c 16 root-hash >hello.roothash
}
