# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The magic number of an XFS and nothing behind it: libblkid looks at more than that.
image=bare
options=(--location=initrd)
after_image() {
	rm hello.raw
	truncate -s 2M hello.raw
	printf XFSB | dd of=hello.raw conv=notrunc status=none
}
