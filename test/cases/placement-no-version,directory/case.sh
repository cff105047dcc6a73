# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The newest entry is a directory, which ends the search of 257.
options=(--location=initrd)
after_image() {
	mkdir hello.raw.v
	mv hello.raw hello.raw.v/hello_1.raw
	mkdir hello.raw.v/hello_2.raw
	name=hello.raw.v
}
