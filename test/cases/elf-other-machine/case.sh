# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
cp program-new tree/usr/bin/hello
cp libnew.so.1 tree/usr/lib/
printf '\267' | dd of=tree/usr/lib/libnew.so.1 bs=1 seek=18 conv=notrunc status=none
