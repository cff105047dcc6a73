# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Until 254 .sysext is a part of the name; in good-suffix the version differs.
name=hello.sysext.raw
mv base/usr/lib/systemd/libsystemd-shared-{257,254}.so
