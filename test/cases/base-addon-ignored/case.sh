# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Two addons mask the unit that merges: one is for another kernel and has no effect, and the
# other is for any kernel, but only sets the command line.
given=base.efi
by_profile=
base_options=(--base=masks.addon.efi --base=any.addon.efi)
after_image() {
	echo kernel >linux
	echo quiet >cmdline
	printf '%s' 6.1-test >kernel-release
	printf '%s' 6.2-other >other-release
	mkdir -p over/etc/systemd/system
	ln -s /dev/null over/etc/systemd/system/systemd-sysext.service
	(cd over && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) >mask
	make_uki "$given" .linux=linux .uname=kernel-release .initrd=initrd
	make_uki masks.addon.efi .uname=other-release .initrd=mask
	make_uki any.addon.efi .cmdline=cmdline
}
