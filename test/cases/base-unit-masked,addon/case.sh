# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# An addon of the UKI masks the unit. It is unpacked last, wherever it is given.
given=masks.addon.efi
by_profile=
base_options=(--base=base.efi)
after_image() {
	echo kernel >linux
	printf '%s' 6.1-test >kernel-release
	mkdir -p over/etc/systemd/system
	ln -s /dev/null over/etc/systemd/system/systemd-sysext.service
	(cd over && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) >mask
	make_uki base.efi .linux=linux .uname=kernel-release .initrd=initrd
	make_uki masks.addon.efi .uname=kernel-release .initrd=mask
}
