# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# One file is the same in both.
# shellcheck source-path=SCRIPTDIR source=../set-collision/case.sh
. "$here/set-collision/case.sh"
