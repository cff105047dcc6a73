# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# An image with partitions does not need a hash tree beside it, and must not have one.
options=(--location=initrd)
after_image() {
	cp hash hello.verity
}
