# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# And 257 takes it for "hello".
name=hello.confext.raw
options=(--location=/run/extensions)
