#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the well-formed files of the corpus beside this script, which needs mksquashfs, cpio, gzip, xz,
# zstd, bzip2, openssl, veritysetup, jq, gcc, python3 and, as the first argument, a sysext-build. The
# files that a fuzzer found (see README.md) are not made again.
set -eu
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1700000000
umask 022
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pick() { # TARGET: its directory, made
	mkdir -p "$here/$1"
	echo "$here/$1"
}

tree() {
	t=$work/tree
	mkdir -p "$t/usr/lib/extension-release.d" "$t/usr/lib/systemd/system" "$t/usr/bin"
	printf 'ID=_any\nARCHITECTURE=x86-64\nEXTENSION_RELOAD_MANAGER=1\n' \
		>"$t/usr/lib/extension-release.d/extension-release.image"
	printf '[Unit]\nDescription=A\n[Service]\nExecStart=-/usr/bin/tool --flag\n' \
		>"$t/usr/lib/systemd/system/a.service"
	ln -s a.service "$t/usr/lib/systemd/system/b.service"
	printf '#!/bin/sh\nexit 0\n' >"$t/usr/bin/tool"
	ln "$t/usr/bin/tool" "$t/usr/bin/same"
	yes repeated | head -c 9000 >"$t/usr/bin/blocks"
	mkfifo "$t/usr/bin/fifo"
	find "$t" -exec touch -h -d @1700000000 {} +
}
# NAME OPTION...: a squashfs of the tree; -b 4096 makes blocks of such a small file
squash() {
	name=$1
	shift
	mksquashfs "$work/tree" "$(pick squashfs)/$name" -noappend -all-root -no-progress -quiet \
		-processors 1 -b 4096 -nopad "$@" >/dev/null 2>&1
}
squashfs() {
	for c in gzip xz lzo lz4 zstd; do
		squash "$c" -comp $c
	done
	squash plain -noI -noD -noF -noX
	squash no-fragments -no-fragments -no-xattrs
	squash fragments -always-use-fragments -no-duplicates
	squash nodes -p '/usr/null c 666 0 0 1 3' -p '/usr/disk b 660 0 6 8 0' -exports
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], b"false")' \
		"$work/tree/usr/lib/extension-release.d/extension-release.image" \
		user.extension-release.strict
	squash xattrs
	head -c 400 "$here/squashfs/gzip" >"$here/squashfs/cut"
	printf 'hsqs' >"$here/squashfs/magic-only"
}

initrd() {
	d=$(pick initrd)
	(cd "$work/tree" && find . | sort | cpio -o -H newc -R 0:0 --reproducible --quiet) \
		>"$work/cpio"
	(cd "$work/tree" && find . | sort | cpio -o -H crc -R 0:0 --quiet) >"$d/crc"
	cp "$work/cpio" "$d/plain"
	gzip -9n <"$work/cpio" >"$d/gzip"
	xz -9 --check=crc32 <"$work/cpio" >"$d/xz"
	xz -9 --format=lzma <"$work/cpio" >"$d/lzma"
	zstd -q -19 <"$work/cpio" >"$d/zstd"
	bzip2 <"$work/cpio" >"$d/bzip2"
	(cat "$work/cpio" && head -c 512 /dev/zero && cat "$d/gzip" "$d/zstd") >"$d/three-members"
	(cat "$d/zstd" && printf garbage) >"$d/garbage"
	head -c 300 "$d/gzip" >"$d/gzip-cut"
	head -c 700 "$d/plain" >"$d/plain-cut"
}

elf() {
	d=$(pick elf)
	printf 'int f(void) { return 1; }\n' >"$work/f.c"
	printf 'V1 { global: f; local: *; };\n' >"$work/f.map"
	small="-nostdlib -s -Wl,-z,noseparate-code,--build-id=none,--hash-style=gnu"
	gcc $small -shared -fPIC "$work/f.c" -Wl,--version-script="$work/f.map" \
		-Wl,-soname,libf.so.1 -o "$d/library"
	cat >"$work/m.c" <<-X
		int f(void);
		const char *const helper = "/usr/sbin/helper";
		void _start(void) { f(); for (;;) ; }
	X
	gcc $small -pie -fPIE "$work/m.c" "$d/library" -Wl,-rpath,/opt/lib -o "$d/program-runpath"
	gcc $small -pie -fPIE "$work/m.c" "$d/library" -Wl,--disable-new-dtags,-rpath,/opt/lib \
		-o "$d/program-rpath"
	gcc -nostdlib -static -s -Wl,--build-id=none "$work/f.c" -Wl,-e,f -o "$d/static"
	gcc -c "$work/f.c" -o "$d/object"
	gcc -m32 -nostdlib -s -shared -fPIC "$work/f.c" -o "$d/library-32" || rm -f "$d/library-32"
	head -c 64 "$d/library" >"$d/header-only"
	head -c 600 "$d/library" >"$d/cut"
}
