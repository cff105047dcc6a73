# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Which of the two a version between 257 and 262 wants was not looked at.
name=hello.img.raw
mv base/usr/lib/systemd/libsystemd-shared-{257,260}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
