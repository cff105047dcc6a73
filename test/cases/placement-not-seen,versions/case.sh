# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# systemd-stub packs no directories.
after_image() {
	mkdir hello.raw.v
	mv hello.raw hello.raw.v/hello_1.raw
	name=hello.raw.v
}
