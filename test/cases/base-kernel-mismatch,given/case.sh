# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The kernel that is given has none of the initrd's two directories of modules. The report
# names its file, which is not in the profile of a base.
by_profile=
base_options=(--kernel=linux)
mkdir base/usr/lib/modules/6.0-test
after_image() {
	make_kernel 6.2-other linux
}
