# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What release-os-release-inside leaves out, ends the merge in 252.
cp base/usr/lib/os-release tree/usr/lib/
mv base/usr/lib/systemd/libsystemd-shared-{257,252}.so
options=(--location=initrd)
