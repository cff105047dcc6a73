# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
image=directory
name=hello_1
options=(--location=initrd)
cp tree/usr/lib/extension-release.d/extension-release.{hello,second}
after_image() {
	python3 -c 'import os, sys
os.setxattr(sys.argv[1], "user.extension-release.strict", b"0")' \
		hello_1/usr/lib/extension-release.d/extension-release.second
}
