# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# "~" is no sign of a version in 257, "," none in 262; 260 is between them.
mv base/usr/lib/systemd/libsystemd-shared-{257,260}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
options=(--location=initrd)
after_image() {
	mkdir hello.raw.v
	cp hello.raw hello.raw.v/hello_1~rc1.raw
	mv hello.raw hello.raw.v/hello_1,1.raw
	name=hello.raw.v
}
