# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# systemd 256 was not looked at.
mkdir tree/etc
mv tree/usr/lib/extension-release.d tree/etc/
mv base/usr/lib/systemd/libsystemd-shared-{257,256}.so
