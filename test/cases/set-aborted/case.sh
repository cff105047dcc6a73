# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
after_image() {
	head -c 65536 /dev/zero | tr '\0' x >junk.raw
}
options=(junk.raw)
