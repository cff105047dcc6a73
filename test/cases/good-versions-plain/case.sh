# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Before 256 a directory NAME.v is a directory as any other.
image=directory
name=hello.v
mv tree/usr/lib/extension-release.d/extension-release.hello{,.v}
mv base/usr/lib/systemd/libsystemd-shared-{257,254}.so
options=(--location=initrd)
