# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Lines that are no waivers, one of each kind, behind one that is.
echo other >tree/usr/bin/base-tool
printf '%s\n' '# what is accepted' '' \
	'hidden-replaced usr/bin/* * never the tool is replaced on purpose' \
	'hidden-replaced usr/bin/*' \
	'hidden-nothing usr/bin/* * never there is no such check' \
	'hidden-replaced usr/bin/* * 2027-02-30 no such day' \
	'hidden-replaced usr/bin/* * tomorrow no date' >waivers
options=(--waivers=waivers)
