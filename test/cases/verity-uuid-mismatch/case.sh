# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# 262 makes the root hash from the UUIDs.
mv base/usr/lib/systemd/libsystemd-shared-{257,262}.so
mv base/usr/lib/systemd/system/systemd-sysext{,-initrd}.service
mkdir base/usr/lib/systemd/system/initrd.target.wants
ln -s ../systemd-sysext-initrd.service base/usr/lib/systemd/system/initrd.target.wants/
image=verity
data_uuid=00000000-0000-4000-8000-000000000001
options=(--location=initrd)
