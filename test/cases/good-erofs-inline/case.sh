# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The neighbour of base-too-old-for-filesystem: the kernel is new enough.
before_image() {
	make_erofs tree -zlz4hc -Eztailpacking
}
echo kernel/erofs.ko >>base/usr/lib/modules/6.1-test/modules.builtin
head -c 100000 /dev/zero | tr '\0' x >tree/usr/bin/filler
