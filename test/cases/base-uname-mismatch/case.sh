# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The kernel of the UKI is not the one that the initrd has modules for.
given=base.efi
after_image() {
	echo kernel >linux
	printf '%s' 6.2-other >kernel-release
	make_uki "$given" .linux=linux .uname=kernel-release .initrd=initrd
}
