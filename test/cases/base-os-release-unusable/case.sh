# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# ID is missing.
echo VERSION_ID=1 >base/usr/lib/os-release
