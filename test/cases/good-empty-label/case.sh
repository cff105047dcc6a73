# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What image-empty-label refuses in 262, 257 merges.
make_image() {
	assemble "$1" <<<"data $type_root 00000000-0000-4000-8000-000000000001 name=_empty"
}
options=(--location=initrd)
