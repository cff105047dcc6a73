# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The superblock announces zstd besides lz4: 6 bytes on it follow the 14 on lz4. Not each
# mkfs.erofs that the tests meet knows zstd.
put() {
	# shellcheck disable=SC2059 # the format is the bytes
	printf "$2" | dd of=data bs=1 seek="$1" conv=notrunc status=none
}
before_image() {
	make_erofs tree -zlz4hc -C8192 -Enosbcrc
	put $((1024 + 84)) '\x09'
	put $((1024 + 128 + 16)) '\x06\0\0\0\0\0\0\0'
}
mv base/usr/lib/modules/6.1-test base/usr/lib/modules/6.12-test
echo kernel/erofs.ko >>base/usr/lib/modules/6.12-test/modules.builtin
head -c 100000 /dev/zero | tr '\0' x >tree/usr/bin/filler
