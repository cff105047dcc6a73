#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the well-formed files of the corpus beside this script, which needs mksquashfs,
# mkfs.erofs, cpio, gzip, xz, zstd, lz4, bzip2, openssl, veritysetup, gcc and python3. Keys, and
# what is random like them, are made only where they are missing; the files that a fuzzer
# found (see README.md) are not made again.
# shellcheck disable=SC2086,SC1003,SC2059 # lists of words; backslashes; parts of what is written
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
	yes repeated | head -c 4500 >"$t/usr/bin/blocks"
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
	for c in gzip xz lz4 zstd; do
		squash "good-$c" -comp $c
	done
	squash good-lzo -comp lzo
	squash good-plain -noI -noD -noF -noX
	squash good-no-fragments -no-fragments -no-xattrs
	squash good-fragments -always-use-fragments -no-duplicates
	squash good-nodes -p '/usr/null c 666 0 0 1 3' -p '/usr/disk b 660 0 6 8 0' -exports
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], b"false")' \
		"$work/tree/usr/lib/extension-release.d/extension-release.image" \
		user.extension-release.strict
	squash good-xattrs
	head -c 400 "$here/squashfs/good-gzip" >"$here/squashfs/bad-cut"
	printf 'hsqs' >"$here/squashfs/bad-magic-only"
}

# NAME OPTION...: an erofs of the tree
erofs_of() {
	name=$1
	shift
	mkfs.erofs --quiet --all-root -T 1700000000 -U 01234567-89ab-cdef-0123-456789abcdef "$@" \
		"$d/$name" "$work/tree" >/dev/null
}
erofs() {
	d=$(pick erofs)
	erofs_of good-inline
	erofs_of good-extended -E force-inode-extended
	erofs_of good-plain -E noinline_data
	erofs_of good-chunks --chunksize=4096
	erofs_of good-indexes --chunksize=4096 -E force-chunk-indexes
	erofs_of good-shared-xattrs -x 1
	erofs_of good-lz4 -z lz4hc
	head -c 1400 "$d/good-inline" >"$d/bad-cut"
}

initrd() {
	d=$(pick initrd)
	(cd "$work/tree" && find . | sort | cpio -o -H newc -R 0:0 --reproducible --quiet) \
		>"$work/cpio"
	(cd "$work/tree" && find . | sort | cpio -o -H crc -R 0:0 --reproducible --quiet) >"$d/good-crc"
	cp "$work/cpio" "$d/good-plain"
	gzip -9n <"$work/cpio" >"$d/good-gzip"
	xz -9 --check=crc32 <"$work/cpio" >"$d/good-xz"
	xz -9 --format=lzma <"$work/cpio" >"$d/good-lzma"
	zstd -q -19 <"$work/cpio" >"$d/good-zstd"
	bzip2 <"$work/cpio" >"$d/good-bzip2"
	lz4 -q -l -9 <"$work/cpio" >"$d/good-lz4"
	lz4 -q -9 <"$work/cpio" >"$d/bad-lz4-frame"
	touch -d "@$SOURCE_DATE_EPOCH" "$work/cpio" # lzop keeps the time
	(cd "$work" && lzop -c cpio) >"$d/good-lzo"
	(cat "$work/cpio" && head -c 512 /dev/zero && cat "$d/good-gzip" "$d/good-zstd") >"$d/good-three-members"
	(cat "$d/good-lz4" "$d/good-lz4" && head -c 5 /dev/zero && cat "$d/good-lzo" "$d/good-bzip2" "$d/good-lzma") \
		>"$d/good-five-members"
	cat "$d/good-lz4" "$d/good-gzip" >"$d/bad-lz4-no-zeros"
	head -c 300 "$d/good-lzo" >"$d/bad-lzo-cut"
	(cat "$d/good-zstd" && printf garbage) >"$d/bad-garbage"
	head -c 300 "$d/good-gzip" >"$d/bad-gzip-cut"
	head -c 700 "$d/good-plain" >"$d/bad-plain-cut"
}

elf() {
	d=$(pick elf)
	printf 'int f(void) { return 1; }\n' >"$work/f.c"
	printf 'V1 { global: f; local: *; };\n' >"$work/f.map"
	small="-nostdlib -s -Wl,-z,noseparate-code,--build-id=none,--hash-style=gnu"
	gcc $small -shared -fPIC "$work/f.c" -Wl,--version-script="$work/f.map" \
		-Wl,-soname,libf.so.1 -o "$d/good-library"
	cat >"$work/m.c" <<-X
		int f(void);
		const char *const helper = "/usr/sbin/helper";
		void _start(void) { f(); for (;;) ; }
	X
	gcc $small -pie -fPIE "$work/m.c" "$d/good-library" -Wl,-rpath,/opt/lib -o "$d/good-program-runpath"
	gcc $small -pie -fPIE "$work/m.c" "$d/good-library" -Wl,--disable-new-dtags,-rpath,/opt/lib \
		-o "$d/good-program-rpath"
	gcc $small -static "$work/f.c" -Wl,-e,f -o "$d/good-static"
	gcc -c "$work/f.c" -o "$d/good-object"
	gcc -m32 $small -shared -fPIC "$work/f.c" -o "$d/good-library-32" || rm -f "$d/good-library-32"
	head -c 64 "$d/good-library" >"$d/bad-header-only"
	head -c 600 "$d/good-library" >"$d/bad-cut"
}

ddi() {
	d=$(pick ddi)
	image=$work/image
	cp "$here/squashfs/good-gzip" "$image"
	truncate -s %1024 "$image"
	root=$(veritysetup format "$image" "$work/hash" --uuid=01234567-89ab-cdef-0123-456789abcdef \
		--salt=00112233 --data-block-size=512 --hash-block-size=512 |
		sed -n 's/^Root hash:[[:space:]]*//p')
	printf %s "$root" | openssl smime -sign -nocerts -noattr -binary -md sha256 \
		-signer "$work/certificate" -inkey "$work/key" -outform der -out "$work/pkcs7"
	fingerprint=$(openssl x509 -in "$work/certificate" -outform der | sha256sum | cut -d ' ' -f 1)
	printf '{"rootHash":"%s","certificateFingerprint":"%s","signature":"%s"}' "$root" \
		"$fingerprint" "$(base64 -w 0 "$work/pkcs7")" >"$work/signature"
	disk() { python3 "$here/disk.py" "$@"; }
	disk "$d/good-signed" root="$image" root-verity="$work/hash" root-verity-sig="$work/signature"
	disk "$d/good-unsigned" root="$image" root-verity="$work/hash"
	disk "$d/good-usr" usr="$image" usr-verity="$work/hash" usr-verity-sig="$work/signature"
	disk "$d/good-arm64" root-arm64="$image"
	disk "$d/good-generic" generic="$image"
	disk "$d/good-two-roots" root="$image" root="$image" swap="$work/signature"
	python3 - "$image" "$work/damaged" <<-X
		import sys
		data = bytearray(open(sys.argv[1], 'rb').read())
		data[200] ^= 1
		open(sys.argv[2], 'wb').write(data)
	X
	disk "$d/bad-damaged" root="$work/damaged" root-verity="$work/hash" \
		root-verity-sig="$work/signature"
	cp "$here/squashfs/good-zstd" "$d/good-bare"
	head -c 2000 "$d/good-signed" >"$d/bad-cut"
	: >"$d/bad-empty"
	printf 'LUKS\272\276' >"$d/bad-luks"

	g=$(pick gpt)
	head -c 1100 "$d/good-two-roots" >"$g/bad-cut"
	disk "$g/good-two-roots" root="$image" root="$image"
	disk --sector 4096 --no-backup "$g/bad-sectors-4096" generic="$work/signature"
	disk --no-mbr "$g/bad-no-mbr" generic="$work/signature"
	disk --no-primary "$g/bad-backup-only" generic="$work/signature"
	disk --no-backup "$g/bad-primary-only" generic="$work/signature"

	v=$(pick verity-superblock)
	cp "$work/hash" "$v/good-sha256"
	for a in sha1 sha512; do
		veritysetup format "$image" "$v/good-$a" --uuid=01234567-89ab-cdef-0123-456789abcdef \
			--salt=- --hash=$a --data-block-size=512 --hash-block-size=512 >"$work/null"
	done
	veritysetup format "$image" "$v/unsupported-type-0" --uuid=01234567-89ab-cdef-0123-456789abcdef \
		--format=0 --salt=- --data-block-size=512 --hash-block-size=512 >"$work/null"
	head -c 100 "$v/good-sha256" >"$v/bad-cut"

	s=$(pick verity-signature)
	cp "$work/signature" "$s/good-signature"
	upper=$(printf %s "$root" | tr a-f A-F)
	sed "s/$root/$upper/" "$work/signature" >"$s/good-upper-case"
	printf '{"rootHash":"%s"}' "$root" >"$s/bad-field-missing"
	printf '{"rootHash":"xyz","signature":"AAAA"}' >"$s/bad-no-digits"
	printf '{"rootHash":"00","signature":"====","certificateFingerprint":"00"}' >"$s/bad-no-base64"
	(cat "$work/signature" && head -c 64 /dev/zero) >"$s/good-padded"
	(cat "$work/signature" && printf '\000x') >"$s/bad-behind-nul"
	printf '[]' >"$s/bad-array"
}

# RSA of 1024 bits: small files, and no secret.
keys() {
	k=$(pick private-key)
	c=$(pick certificate)
	p=$(pick pkcs7)
	[ -e "$k/good-rsa" ] || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out "$k/good-rsa"
	[ -e "$k/good-ec" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$k/good-ec"
	[ -e "$k/unsupported-ed25519" ] || openssl genpkey -algorithm ED25519 -out "$k/unsupported-ed25519"
	openssl pkey -in "$k/good-rsa" -outform der -out "$k/good-der"
	openssl rsa -in "$k/good-rsa" -traditional -out "$k/good-rsa-traditional" 2>"$work/null"
	openssl ec -in "$k/good-ec" -out "$k/good-ec-traditional" 2>"$work/null"
	[ -e "$k/unsupported-encrypted" ] ||
		openssl pkey -in "$k/good-ec" -aes128 -passout pass:x -out "$k/unsupported-encrypted"
	printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n' \
		>"$k/unsupported-openssh"
	head -c 200 "$k/good-rsa" >"$k/bad-cut"
	for t in rsa ec; do
		[ -e "$c/good-$t" ] || openssl req -new -x509 -key "$k/good-$t" \
			-subj "/CN=corpus $t" -days 36500 -set_serial 4660 -out "$c/good-$t"
	done
	openssl x509 -in "$c/good-ec" -outform der -out "$c/bad-der"
	cat "$c/good-ec" "$c/good-rsa" >"$c/bad-two"
	cat "$k/good-ec" "$c/good-ec" >"$c/good-behind-key"
	cp "$k/good-ec" "$c/bad-key-only"
	head -c 300 "$c/good-rsa" >"$c/bad-cut"
	cp "$k/good-rsa" "$work/key"
	cp "$c/good-rsa" "$work/certificate"
	for t in rsa ec; do
		[ -e "$p/good-$t" ] || printf 0123 | openssl smime -sign -nocerts -noattr -binary \
			-md sha256 -signer "$c/good-$t" -inkey "$k/good-$t" -outform der \
			-out "$p/good-$t"
	done
	[ -e "$p/bad-attributes" ] || printf 0123 | openssl smime -sign -binary -md sha256 \
		-signer "$c/good-ec" -inkey "$k/good-ec" -outform der -out "$p/bad-attributes"
	[ -e "$p/bad-content" ] || printf 0123 | openssl smime -sign -nodetach -noattr -binary \
		-md sha256 -signer "$c/good-ec" -inkey "$k/good-ec" -outform der -out "$p/bad-content"
	[ -e "$p/unsupported-cms" ] || printf 0123 | openssl cms -sign -keyid -noattr -nocerts -binary \
		-md sha256 -signer "$c/good-ec" -inkey "$k/good-ec" -outform der -out "$p/unsupported-cms"
	openssl smime -pk7out -inform der -in "$p/good-rsa" -out "$p/bad-pem"
	(cat "$p/good-rsa" && printf behind) >"$p/bad-trailing"
	head -c 100 "$p/good-rsa" >"$p/bad-cut"
}

texts() {
	d=$(pick env-file)
	printf 'ID=debian\nVERSION_ID="13"\nID_LIKE=a\\ b\n# note\nX=%s\n' "'y z'" >"$d/good-release"
	printf 'A="open\nB=1\n' >"$d/bad-unterminated"
	printf 'A=1\000B=2\n' >"$d/bad-nul"
	printf 'A=\377\n=x\nno assignment\r\nB="a\\"b\\\nc"  \n#c\\\nD=1' >"$d/bad-odd"
	d=$(pick ini)
	printf '[Extension]\nName=ssh\n\n; note\n[Files]\nPath = /usr/bin/x \nPath=/y\n' >"$d/good-manifest"
	printf 'Key=before any section\n[Open\nx\n' >"$d/bad-no-section"
	{ printf '[A]\nLong=' && head -c 300 /dev/zero | tr '\0' x; } >"$d/bad-long-line"
	printf '\357\273\277[A]\nb=\377\n' >"$d/bad-utf8"
	d=$(pick unit)
	printf '[Unit]\nAfter=a.service \\\n# note\n  b.service\n[Service]\nExecStart=-/bin/x y\n' \
		>"$d/good-service"
	printf '[\n]\n[]\n[ A ]\nk\n=v\n;c\\\nx=y\\' >"$d/good-odd"
	d=$(pick module-index)
	printf 'kernel/fs/squashfs/squashfs.ko.xz: kernel/lib/zstd.ko.xz\nkernel/md/dm-verity.ko:\n' \
		>"$d/good-dep"
	printf 'kernel/fs/overlayfs/overlay.ko\nno module\n.ko:\n:x\n/.ko.zst' >"$d/good-builtin"
}

profile() {
	d=$(pick profile)
	head='{"format":"sysext base profile","schema":1,"writer":"corpus","identity":{"systemd":257},"layers":'
	root='"files":[{"path":"","type":"directory","mode":"0755"}'
	initrd='[{"kind":"initrd","main":true,"size":9,"sha256":"'$(printf %064d 0)'","members":[{"offset":0,
		"size":9,"unpacked_size":9,"entries":1,"compression":"gzip","faults":"no-trailer checksum"}]}],'
	cat >"$d/good-text" <<-END
	$head$initrd
	"kernel":{"form":"bzImage","release":"6.1","exported":{"has_checksums":true,"symbols":"a=00000001"}},
	$root,
	{"path":"a","mode":"4755","size":3,"uid":1,"xattrs":[{"name":"user.x","value":"00ff"}],"script":"/x"},
	{"path":"b","same_as":"a"},{"path":"c","type":"link","mode":"0777","target":"\\\\xff\\\\x5c"},
	{"path":"d","type":"character","mode":"0600","major":1,"minor":3},
	{"path":"e","mode":"0755","elf":{"bits":64,"machine":62,"type":3,"soname":"e.so","needed":"c.so d\\\\x20e",
	"needed_versions":[{"library":"c.so","versions":"C_1 !C_2"}],"defined_versions":"E_1",
	"defined":[{"version":"E_1","symbols":"f !g"}],"undefined":[{"symbols":"!h"}]}},
	{"path":"f","mode":"0644","lines":[{"line":2,"section":"Unit","key":"Wants","value":"b.target"}],
	"assignments":{"faults":"utf-8","fault_line":3,"values":[{"line":1,"key":"ID","value":"x"}]},
	"index":"kernel/a-b.ko kernel/c.ko.xz","certificate":{"der":"30"}},
	{"path":"h.ko","mode":"0644","module":{"name":"h","vermagic":"6.1","has_checksums":true,
	"exported":{"symbols":"!i j","namespaces":[{"symbol":"j","namespace":"N"}]},"needed":"!k=0000000a l="}},
	{"path":"g","mode":"0644","users":[{"name":"u","uid":0,"gid":0,"home":"/","shell":"","password":"none"}],
	"groups":[{"name":"v","gid":1,"members":"u"}],"shadows":[{"name":"u","password":"set"}],"read_error":{"kind":"broken","offset":7,"message":"is broken"},
	"certificate":{"error":{"kind":"unreadable","message":"x"}}}]}
	END
	zstd -q -f --check -19 "$d/good-text" -o "$d/good-packed"
	head -c 300 "$d/good-packed" >"$d/bad-cut"
	{ cat "$d/good-packed" && printf x; } >"$d/bad-trailing"
	printf '%s%s%s]}' "$head" "$initrd" "$root" | tr -d '\n' | sed 's/"schema":1/"schema":2/' \
		>"$d/unsupported-schema"
	sed 's/"size":3/"size":3,"size":4/' "$d/good-text" >"$d/bad-twice"
	sed 's/"path":"a"/"path":"x\/a"/' "$d/good-text" >"$d/bad-no-directory"
	sed 's/"path":"b"/"path":"a"/' "$d/good-text" >"$d/bad-same-path"
	sed 's/"layers":/"layers":[[[[[[[[[[[[[[[[[[/' "$d/good-text" >"$d/bad-deep"
	head -c 33554433 /dev/zero | tr '\0' ' ' | zstd -q -19 >"$d/bad-bomb"
	{ printf '%s' "$head" && yes '{},' | head -n 600000 | tr -d '\n'; } | zstd -q -19 >"$d/bad-values"
}

uki() {
	d=$(pick uki)
	image() { python3 "$here/uki.py" "$@"; }
	image "$d/good-plain" .linux=kernel .uname=6.1 .initrd=070701 .ucode=07070
	image "$d/good-pe32" --pe32 .linux=kernel .initrd=070701
	image "$d/good-signed" --certificates=2 .linux=kernel .cmdline=quiet .sbat=sbat,1
	image "$d/good-profiles" .linux=kernel .initrd=base .profile=ID=a .cmdline=x .profile=ID=b .initrd=b
	image "$d/bad-addon" .sbat=sbat,1 .cmdline=quiet
	# Fields of the first rows of the table, which begins at 328: sizes and places.
	image "$d/good-long-in-memory" --set=376:0x2000 --set=144:0x4000 .linux=kernel .initrd=070701
	image "$d/bad-overlap" --set=336:0x1001 .linux=kernel .initrd=070701
	image "$d/bad-outside" --set=380:0xffffff00 .linux=kernel .initrd=070701
	image "$d/bad-cut-certificate" --certificates=1 --set=1536:17 .linux=kernel .initrd=070701
	head -c 900 "$d/good-plain" >"$d/bad-cut"
	head -c 100 "$d/good-plain" >"$d/bad-cut-header"
}

# Streams of their own, of which initrds are made as well, and of what is in them.
streams() {
	d=$(pick compress)
	for c in gzip xz zstd lzma bzip2 lz4 lzo; do
		cp "$here/initrd/good-$c" "$d/good-$c"
		head -c 200 "$d/good-$c" >"$d/bad-$c-cut"
	done
	cp "$here/initrd/bad-lz4-frame" "$d/bad-lz4-frame"
	printf 'no magic' >"$d/good-plain"
	head -c 200000 /dev/zero | gzip -9n >"$d/good-zeros"
	xz -9 --check=crc32 --x86 --lzma2 <"$work/cpio" >"$d/good-xz-x86"
	printf '\001' | dd of="$d/bad-gzip-cut" bs=1 seek=50 conv=notrunc 2>"$work/null"
	# The second window size of RFC 8878, section 3.1.1.1.2: 2 GiB and more.
	printf '\050\265\057\375\000\250\001\000\000' >"$d/bad-zstd-window"
	d=$(pick cpio)
	cp "$here/initrd/good-plain" "$d/good-newc"
	cp "$here/initrd/good-crc" "$d/good-crc"
	head -c 700 "$d/good-newc" >"$d/bad-cut"
	head -c 60 "$d/good-newc" >"$d/bad-cut-header"
	sed 's/TRAILER!!!/TRAILER!!?/' "$d/good-newc" >"$d/bad-no-trailer"
	sed 's/#!\/bin\/sh/#!\/bin\/SH/' "$d/good-crc" >"$d/bad-sum"
	(cd "$work/tree" && find . | sort | cpio -o -H odc -R 0:0 --reproducible --quiet) >"$d/bad-odc"
	sed 's,usr/bin/blocks,../../../../..,' "$d/good-newc" >"$d/bad-name"
}

pe() {
	d=$(pick pe)
	for f in good-plain good-pe32 good-signed bad-overlap bad-outside bad-cut-certificate \
		bad-cut bad-cut-header; do
		cp "$here/uki/$f" "$d/$f"
	done
	cp "$here/uki/bad-addon" "$d/good-addon"
	printf 'MZ' >"$d/bad-magic-only"
}

# Readers of the files of a system.
system_files() {
	d=$(pick package)
	status='Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1-2\n'
	printf "$status"'\n\000/.\n/usr\n/usr/bin\n/usr/bin/a\n' >"$d/good-package"
	printf "Package: b\n\n$status"'Description: x\n more: y\n\000/a' >"$d/good-second"
	printf "$status"'Multi-Arch: same\n\000/a' >"$d/bad-no-list"
	printf 'Package: a\nStatus: deinstall ok config-files\n' >"$d/bad-removed"
	printf 'Status: install ok installed\n\n' >"$d/bad-no-name"
	printf 'no field\n' >"$d/bad-no-field"
	d=$(pick release)
	printf 'ID=debian\nVERSION_ID=13\nSYSEXT_SCOPE="system initrd"\n' >"$d/good-version"
	printf 'ID=_any\nARCHITECTURE=x86-64\nSYSEXT_SCOPE=initrd\n' >"$d/good-any"
	printf 'ID=fedora\nVERSION_ID=13\n' >"$d/bad-id"
	printf 'ID=debian\nVERSION_ID=12\n' >"$d/bad-version"
	printf 'ID=debian\nVERSION_ID=13\nSYSEXT_SCOPE=portable\n' >"$d/bad-scope"
	printf 'ID=_any\nARCHITECTURE=arm64\n' >"$d/bad-architecture"
	: >"$d/bad-empty"
	d=$(pick partition-type)
	printf 4f68bce3-e8cd-4db1-96e7-fbcaf984b709 >"$d/good-root"
	printf 0657FD6D-A4AB-43C4-84E5-0933C84B4F4F >"$d/good-swap-upper-case"
	printf 00000000-0000-0000-0000-000000000000 >"$d/good-nil"
	printf 4f68bce3-e8cd-4db1-96e7-fbcaf984b70 >"$d/bad-short"
	printf 4f68bce3-e8cd-4db1-96e7-fbcaf984b7099 >"$d/bad-long"
	printf 4f68bce3xe8cd-4db1-96e7-fbcaf984b709 >"$d/bad-dash"
	d=$(pick directory)
	printf 'd usr\nd usr/bin\nf usr/bin/a text\nl bin usr/bin\nl up ../../../..\np p\n' \
		>"$d/good-tree"
	printf 'l a b\nl b a\nl a/x /etc\nl out /\nf \033[2J x\n' >"$d/good-loops"
	d=$(pick waivers)
	printf '# note\n\nelf-library-missing usr/bin/* * 2027-01-31 not used\n' >"$d/good-waiver"
	printf 'elf-library-missing * * never reason\n' >"$d/good-never"
	printf 'no-such-check * * never reason\n' >"$d/bad-check"
	printf 'elf-library-missing * * 2027-13-31 reason\n' >"$d/bad-date"
	printf 'elf-library-missing * *\n' >"$d/bad-fields"
	printf 'a\000b\n' >"$d/bad-nul"
	printf 'a\377b\n' >"$d/bad-utf8"
}

tree
squashfs
erofs
initrd
elf
keys
ddi
texts
profile
uki
streams
pe
system_files
python3 "$here/kernel.py" "$here"
