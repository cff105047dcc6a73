# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# 257 wants the release file of the entry; the name before "_" is enough.
options=(--location=initrd)
after_image() {
	mkdir hello.sysext.raw.v
	mv hello.raw hello.sysext.raw.v/hello_1_x86-64+3.sysext.raw
	name=hello.sysext.raw.v
}
