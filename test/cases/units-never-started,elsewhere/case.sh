# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A target that an initrd never reaches.
mv tree/usr/lib/systemd/system/{basic.target.upholds,multi-user.target.wants}
