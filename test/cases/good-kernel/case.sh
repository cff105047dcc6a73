# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Of two directories of modules the kernel that is given says which is its.
base_options=(--kernel=linux)
mkdir base/usr/lib/modules/6.0-test
after_image() {
	make_kernel 6.1-test linux
}
