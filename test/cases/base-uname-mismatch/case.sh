# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The kernel of the UKI is not the one that the initrd has modules for.
given=base.efi
after_image() {
	echo kernel >linux
	printf 6.2-other >"uname"
	make_uki "$given" .linux=linux .uname=uname .initrd=initrd
}
