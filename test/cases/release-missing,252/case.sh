# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What release-other-class has: 252 knows no configuration extensions.
mkdir tree/etc
mv tree/usr/lib/extension-release.d tree/etc/
mv base/usr/lib/systemd/libsystemd-shared-{257,252}.so
options=(--location=initrd)
