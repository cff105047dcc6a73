# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
rm base/etc/os-release base/usr/lib/os-release
echo >base/etc/initrd-release.real
ln -sf initrd-release.real base/etc/initrd-release
