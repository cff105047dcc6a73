# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A UKI whose command line was changed after it was signed, with an addon that was not.
# Signatures are not in the profile of a base.
given=base.efi
by_profile=
base_options=(--base=quiet.addon.efi)
after_image() {
	echo kernel >linux
	echo quiet >cmdline
	printf '%s' 6.1-test >kernel-release
	make_uki unsigned.efi .linux=linux .uname=kernel-release .initrd=initrd .cmdline=cmdline
	sbsign --key trusted.key --cert trusted.crt --output "$given" unsigned.efi 2>/dev/null
	change_byte "$given" "$(place_of "$given" quiet)"
	make_uki unsigned.addon.efi .cmdline=cmdline
	sbsign --key trusted.key --cert trusted.crt --output quiet.addon.efi \
		unsigned.addon.efi 2>/dev/null
}
