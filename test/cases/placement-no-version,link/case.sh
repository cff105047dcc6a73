# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A link that leads nowhere ends the search of 262, whatever else there is.
mv base/usr/lib/systemd/libsystemd-shared-{257,262}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
options=(--location=initrd)
after_image() {
	mkdir hello.raw.v
	mv hello.raw hello.raw.v/hello_2.raw
	ln -s nowhere hello.raw.v/hello_1.raw
	name=hello.raw.v
}
