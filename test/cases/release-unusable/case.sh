# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A NUL byte.
printf 'ID=test\nVERSION_ID=1\nX=\0\n' >tree/usr/lib/extension-release.d/extension-release.hello
