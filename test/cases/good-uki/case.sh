# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A UKI whose microcode stands behind its initrd, as no tool puts it.
given=base.efi
after_image() {
	echo kernel >linux
	printf '%s' 6.1-test >kernel-release
	mkdir -p early/kernel/x86/microcode
	echo microcode >early/kernel/x86/microcode/GenuineIntel.bin
	(cd early && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) >ucode
	make_uki "$given" .linux=linux .uname=kernel-release .initrd=initrd .ucode=ucode
	rm initrd ucode
}
