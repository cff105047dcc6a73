# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
mkdir base/usr/share
echo x >base/usr/share/y
echo x >tree/usr/share
