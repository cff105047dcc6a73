# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The contents of one file are on another device.
before_image() {
	make_erofs tree --blobdev=blob --chunksize=4096
}
echo kernel/erofs.ko >>base/usr/lib/modules/6.1-test/modules.builtin
head -c 100000 /dev/zero | tr '\0' x >tree/usr/bin/filler
