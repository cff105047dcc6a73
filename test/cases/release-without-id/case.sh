# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
release VERSION_ID=1 SYSEXT_SCOPE=initrd EXTENSION_RELOAD_MANAGER=1
