# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# [Install] alone.
rm -r tree/usr/lib/systemd/system/basic.target.upholds
printf '%s\n' '[Install]' WantedBy=multi-user.target >>tree/usr/lib/systemd/system/hello.service
