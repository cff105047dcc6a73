# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The module is there, but modprobe would not find it.
sed -i /squashfs/d base/usr/lib/modules/6.1-test/modules.builtin
mkdir -p base/usr/lib/modules/6.1-test/kernel/fs/squashfs
echo module >base/usr/lib/modules/6.1-test/kernel/fs/squashfs/squashfs.ko
