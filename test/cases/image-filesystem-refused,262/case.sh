# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# systemd 262 asks libblkid for the file systems that it mounts only.
image=bare
options=(--location=initrd)
mv base/usr/lib/systemd/libsystemd-shared-{257,262}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
after_image() {
	rm hello.raw
	truncate -s 1M hello.raw
	mkfs.minix hello.raw >/dev/null
}
