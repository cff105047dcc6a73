# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
printf '#!/usr/bin/python3\n' >tree/usr/bin/tool
chmod 755 tree/usr/bin/tool
