# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A kernel and its command line, and no initrd.
given=base.efi
after_image() {
	echo kernel >linux
	echo quiet >cmdline
	make_uki "$given" .linux=linux .cmdline=cmdline
}
