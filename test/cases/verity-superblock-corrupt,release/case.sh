# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The release file is in the damaged block, and 262 reads it through the hash tree.
head -c 200000 /dev/zero | tr '\0' x >tree/usr/bin/filler
after_image() {
	change_byte hello.raw "$(place_of hello.raw EXTENSION_RELOAD)"
}
mv base/usr/lib/systemd/libsystemd-shared-{257,262}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
