# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# 257 asks for the release file of the entry, 262 for that of the directory.
mv base/usr/lib/systemd/libsystemd-shared-{257,262}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
mv tree/usr/lib/extension-release.d/extension-release.hello{,_1}
options=(--location=initrd)
after_image() {
	mkdir hello.raw.v
	mv hello.raw hello.raw.v/hello_1.raw
	name=hello.raw.v
}
