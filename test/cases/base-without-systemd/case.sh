# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# An initrd made by initramfs-tools has no systemd.
rm base/usr/lib/systemd/systemd base/usr/bin/systemd-sysext base/usr/lib/systemd/libsystemd*
