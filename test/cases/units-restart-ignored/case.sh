# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
rm -r tree/usr/lib/systemd/system/basic.target.upholds
release ID=test VERSION_ID=1 SYSEXT_SCOPE=initrd EXTENSION_RESTART_UNITS=hello.service
