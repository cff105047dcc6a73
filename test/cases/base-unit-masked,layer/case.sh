# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A second layer masks the unit of the first: the finding names the second.
options=(--base=mask)
after_image() {
	mkdir -p over/etc/systemd/system
	ln -s /dev/null over/etc/systemd/system/systemd-sysext.service
	(cd over && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) >mask
}
