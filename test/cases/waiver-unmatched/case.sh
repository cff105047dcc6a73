# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Each differs in one thing: the path, the base, the check.
echo other >tree/usr/bin/base-tool
printf '%s\n' 'hidden-replaced usr/lib/* * never another path' \
	'hidden-replaced usr/bin/* *.efi never another base' \
	'hidden-identical usr/bin/* * never another check' >waivers
options=(--waivers=waivers)
