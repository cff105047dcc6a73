# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What the base lacks is in the extension.
cp program-new tree/usr/bin/hello
cp libnew.so.1 tree/usr/lib/
