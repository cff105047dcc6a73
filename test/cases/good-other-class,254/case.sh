# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# systemd 254 takes the release file of either class; release-other-class has 257.
mkdir tree/etc
mv tree/usr/lib/extension-release.d tree/etc/
mv base/usr/lib/systemd/libsystemd-shared-{257,254}.so
