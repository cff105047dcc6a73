# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The kernel of the UKI is not the one that its .uname names, nor that of the modules.
given=base.efi
after_image() {
	make_kernel 6.2-other linux
	printf '%s' 6.1-test >kernel-release
	make_uki "$given" .linux=linux .uname=kernel-release .initrd=initrd
}
