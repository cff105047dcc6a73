# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# systemd-stub packs the image and leaves the files beside it.
image=bare
after_image() {
	cp hash hello.verity
	cp root-hash hello.roothash
	cp signature.der hello.roothash.p7s
}
