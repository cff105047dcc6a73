# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
image=directory
name=hello
options=(--location=/.extra/sysext)
