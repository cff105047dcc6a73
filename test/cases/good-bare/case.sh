# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A bare squashfs may lie in the initrd itself.
image=bare
options=(--location=initrd)
