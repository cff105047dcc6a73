# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The same files in an erofs that is not compressed.
before_image() {
	make_erofs tree
}
echo kernel/erofs.ko >>base/usr/lib/modules/6.1-test/modules.builtin
