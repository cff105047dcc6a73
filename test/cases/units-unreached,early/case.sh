# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# local-fs.target may be up before the merge.
mv tree/usr/lib/systemd/system/{basic,local-fs}.target.upholds
