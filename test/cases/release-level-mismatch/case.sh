# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
echo SYSEXT_LEVEL=2 >>base/usr/lib/os-release
release ID=test SYSEXT_LEVEL=1 SYSEXT_SCOPE=initrd EXTENSION_RELOAD_MANAGER=1
