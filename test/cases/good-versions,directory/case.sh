# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A versioned directory may hold directories.
image=directory
options=(--location=initrd)
after_image() {
	mkdir hello.v
	mv hello.raw hello.v/hello_1
	name=hello.v
}
