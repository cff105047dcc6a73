# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# 257 wants extension-release.hello, 262 extension-release.hello.img.
name=hello.img.raw
