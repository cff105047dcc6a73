# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The root hash of another image.
options=(--location=initrd)
after_image() {
	tr 0-9a-f 1-9a-f0 <root-hash >hello.roothash
}
