# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
mkdir -p tree/usr/lib/modules/6.1-test
echo kernel/new.ko: >tree/usr/lib/modules/6.1-test/modules.dep
