# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# uname's spelling.
release ID=test VERSION_ID=1 SYSEXT_SCOPE=initrd ARCHITECTURE=x86_64 EXTENSION_RELOAD_MANAGER=1
