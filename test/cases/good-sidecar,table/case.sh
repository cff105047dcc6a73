# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A root hash beside an image with partitions is that of the partitions.
options=(--location=initrd)
after_image() {
	cp root-hash hello.roothash
}
