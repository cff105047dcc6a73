# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# One fewer than in set-options-too-long.
# shellcheck source-path=SCRIPTDIR source=../set-options-too-long/case.sh
. "$here/set-options-too-long/case.sh"
unset 'options[1]'
