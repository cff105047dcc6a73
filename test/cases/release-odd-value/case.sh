# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A comment behind a value.
release ID=test VERSION_ID=1 'SYSEXT_SCOPE=initrd # here' EXTENSION_RELOAD_MANAGER=1
