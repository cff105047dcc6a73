# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Linux reads compressed tails behind the index of a file since 5.17.
before_image() {
	make_erofs tree -zlz4hc -Eztailpacking
}
mv base/usr/lib/modules/6.1-test base/usr/lib/modules/5.10-test
echo kernel/erofs.ko >>base/usr/lib/modules/5.10-test/modules.builtin
head -c 100000 /dev/zero | tr '\0' x >tree/usr/bin/filler
