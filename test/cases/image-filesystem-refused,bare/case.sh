# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A bare file system that libblkid knows and systemd does not mount.
image=bare
options=(--location=initrd)
after_image() {
	rm hello.raw
	truncate -s 1M hello.raw
	mkfs.minix hello.raw >/dev/null
}
