# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
sed -i /dm-/d base/usr/lib/modules/6.1-test/modules.builtin
