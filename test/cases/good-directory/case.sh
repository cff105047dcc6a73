# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A directory in the initrd is not signed, and need not be.
image=directory
name=hello
options=(--location=initrd)
