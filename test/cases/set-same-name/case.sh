# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
after_image() {
	cp hello.raw hello.sysext.raw
}
options=(hello.sysext.raw)
