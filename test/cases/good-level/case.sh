# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Equal levels make VERSION_ID unimportant.
echo SYSEXT_LEVEL=2 >>base/usr/lib/os-release
release ID=test SYSEXT_LEVEL=2 SYSEXT_SCOPE='"system initrd"' EXTENSION_RELOAD_MANAGER=1
