# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
before_assembly() {
	cp data second
}
make_image() {
	{
		echo "data $type_root 00000000-0000-4000-8000-000000000001"
		echo "second $type_root 00000000-0000-4000-8000-000000000002"
	} | assemble "$1"
}
options=(--location=initrd)
