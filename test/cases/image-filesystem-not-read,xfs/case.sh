# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A bare xfs is taken by systemd and not read here.
image=bare
options=(--location=initrd)
after_image() {
	rm hello.raw
	truncate -s 320M hello.raw
	mkfs.xfs -q hello.raw
}
