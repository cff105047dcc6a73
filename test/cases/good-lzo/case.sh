# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Linux reads lzo; libsquashfs often does not.
squashfs_options="-comp lzo"
