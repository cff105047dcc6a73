# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A versioned directory without an entry.
options=(--location=initrd)
after_image() {
	mkdir hello.raw.v
	rm hello.raw
	name=hello.raw.v
}
