# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The profile that is asked for has the initrd that fits; that of the base is junk.
given=base.efi
base_options=(--uki-profile=main)
after_image() {
	echo kernel >linux
	echo junk >junk
	printf '%s' 6.1-test >kernel-release
	printf 'ID=other\n' >other
	printf 'ID=main\n' >main
	make_uki "$given" .linux=linux .uname=kernel-release .initrd=junk \
		.pro00=other .pro01=main .ini01=initrd
	rename_section "$given" .pro00 .profile
	rename_section "$given" .pro01 .profile
	rename_section "$given" .ini01 .initrd
}
