# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# "a10" comes after "a9", as versions do; one file is the same in both.
name=a10
image=directory
after_image() {
	mv a10/usr/lib/extension-release.d/extension-release.{hello,a10}
	mkdir -p a10/usr/share/both
	echo same >a10/usr/share/both/same
	echo ten >a10/usr/share/both/other
	rm a10/usr/bin/hello a10/usr/lib/systemd -r
	cp -R a10 a9
	mv a9/usr/lib/extension-release.d/extension-release.{a10,a9}
	echo nine >a9/usr/share/both/other
}
options=(--location=initrd a9)
