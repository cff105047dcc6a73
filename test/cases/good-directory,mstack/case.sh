# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# For 257 it is a directory like any other.
image=directory
name=hello.mstack
mv tree/usr/lib/extension-release.d/extension-release.hello{,.mstack}
options=(--location=initrd)
