# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A base without VERSION_ID takes any.
echo ID=test >base/usr/lib/os-release
