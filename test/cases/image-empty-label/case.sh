# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
mv base/usr/lib/systemd/libsystemd-shared-{257,262}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
make_image() {
	assemble "$1" <<<"data $type_root 00000000-0000-4000-8000-000000000001 name=_empty"
}
options=(--location=initrd)
