# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
cp libbase-other.so.1 tree/usr/lib/libbase.so.1
