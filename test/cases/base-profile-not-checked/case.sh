# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # read by, and from, ../run.sh
# A base profile with a signature, and no certificate to check it with.
before_image() {
	"$program" --base=initrd --write-profile=initrd.profile --private-key=other.key \
		--certificate=other.crt
	mv initrd.profile initrd
	mv initrd.profile.p7s initrd.p7s
}
