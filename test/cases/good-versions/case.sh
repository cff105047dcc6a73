# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Of a versioned directory the newest entry with tries left counts.
mv base/usr/lib/systemd/libsystemd-shared-{257,262}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
options=(--location=initrd)
after_image() {
	mkdir hello.raw.v
	: >hello.raw.v/hello_1.9.raw
	mv hello.raw hello.raw.v/hello_1.10.raw
	: >hello.raw.v/hello_2+0-3.raw
	: >hello.raw.v/hello_3_arm64.raw
	name=hello.raw.v
}
