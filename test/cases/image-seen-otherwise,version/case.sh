# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# An ISO 9660 beside the GPT: 257 sees it, 262 does not ask for it, and 260 is between them.
mv base/usr/lib/systemd/libsystemd-shared-2{57,60}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
after_image() {
	printf '\001CD001\001' | dd of=hello.raw bs=1 seek=32768 conv=notrunc status=none
}
