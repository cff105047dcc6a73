# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# None of the entries has a version of this architecture and the ending of the directory.
options=(--location=initrd)
after_image() {
	mkdir hello.sysext.raw.v
	cp hello.raw hello.sysext.raw.v/hello.sysext.raw
	cp hello.raw hello.sysext.raw.v/hello_1.raw
	mv hello.raw hello.sysext.raw.v/hello_1_arm64.sysext.raw
	name=hello.sysext.raw.v
}
