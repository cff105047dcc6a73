# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# /usr/lib/extensions is searched by 252, and by 257 no more.
options=(--location=/usr/lib/extensions)
