# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The no-auto flag keeps systemd away.
data_more='attrs=GUID:63'
