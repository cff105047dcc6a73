# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
ln -s lib base/usr/lib64
mkdir tree/usr/lib64
echo x >tree/usr/lib64/x
