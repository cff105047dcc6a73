# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A library of the same name that still has what the base needs.
make_library libbase.so.1 BASE_1 tree/usr/lib/libbase.so.1
echo more >>tree/usr/lib/libbase.so.1
