# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A bare ext4 is taken by systemd and not read here.
image=bare
options=(--location=initrd)
after_image() {
	rm hello.raw
	truncate -s 4M hello.raw
	mkfs.ext4 -q hello.raw
}
