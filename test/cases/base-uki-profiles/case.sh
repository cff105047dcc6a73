# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A second profile boots the same kernel with another initrd, and a third changes nothing of
# that. objcopy gives each section a name of its own, so that the names come afterwards.
given=base.efi
after_image() {
	echo kernel >linux
	printf '%s' 6.1-test >kernel-release
	printf 'ID=main\nTITLE=Main\n' >main
	printf 'ID=rescue\nTITLE=Rescue\n' >rescue
	printf 'ID=debug\n' >debug
	printf 'debug' >cmdline
	gzip -dc initrd >other
	make_uki "$given" .linux=linux .uname=kernel-release .initrd=initrd \
		.pro00=main .pro01=rescue .ini01=other .pro02=debug .cmd02=cmdline
	rename_section "$given" .pro00 .profile
	rename_section "$given" .pro01 .profile
	rename_section "$given" .ini01 .initrd
	rename_section "$given" .pro02 .profile
	rename_section "$given" .cmd02 .cmdline
}
