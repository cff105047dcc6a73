# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
mv base/usr/lib/systemd/libsystemd-shared-{257,262}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
rm -r tree/usr/lib/systemd/system/basic.target.upholds
release ID=test VERSION_ID=1 SYSEXT_SCOPE=initrd EXTENSION_RESTART_UNITS=hello.service
