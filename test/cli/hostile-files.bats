#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Files that an attacker would write. Each ends within seconds and 256 MiB, with clear words
# and never with exit status 0.

load fixture

hostile() {
	python3 "$BATS_TEST_DIRNAME/hostile.py" "$@"
}

# Many seconds are for a busy machine; what these tests found took minutes.
run_bounded() {
	run python3 "$BATS_TEST_DIRNAME/bounded.py" 60 256 "$verify" "$@"
	echo "$1: status $status: $output"
	[ "$status" -ge 1 ] && [ "$status" -le 3 ]
}

make_image() {
	mkdir out
	run_build "$@"
	[ "$status" -eq 0 ]
}

@test "initrds that unpack to a thousand times their size" {
	for kind in gzip xz lzma bzip2 zstd lz4; do
		hostile "bomb_$kind" bomb
		run_bounded --base=bomb
		expect_error "base 'bomb'" "unpacks to more than"
	done
	hostile bomb_between_archives bomb
	run_bounded --base=bomb
	expect_error "base 'bomb'" "unpacks to more than"
}

@test "initrds of many files, long links, big texts" {
	hostile entries many
	run_bounded --base=many
	expect_error "base 'many'" "more than 400000 files"
	hostile targets many
	run_bounded --base=many
	expect_error "base 'many'" "bytes of paths"
	hostile texts many
	run_bounded --base=many
	expect_error "base 'many'" "texts of more than"
}

@test "an initrd of 2000 levels" {
	hostile deep deep
	run_bounded --base=deep
	[ "$status" -eq 1 ]
	[[ $output == *"does not run systemd"* ]]
}

@test "links in circles, in chains and out of the tree" {
	hostile links links
	run_bounded --base=links
	[ "$status" -eq 1 ]
	[[ $output == *verdict:* ]]
	hostile outside outside
	run_bounded --base=outside
	[ "$status" -eq 1 ]
	[[ $output == *base-damaged* ]]
	mkdir -p away.raw.d/usr/lib/extension-release.d
	ln -s /etc/os-release away.raw.d/usr/lib/extension-release.d/extension-release.away.raw.d
	ln -s ../../../../../../../etc away.raw.d/usr/lib/etc
	run_bounded --base=initrd --location=initrd away.raw.d
	[ "$status" -eq 1 ]
	[[ $output == *verdict:* ]]
}

@test "device nodes and pipes where files belong" {
	hostile devices devices
	run_bounded --base=devices
	[ "$status" -eq 1 ]
	[[ $output == *verdict:* ]]
	[ "$(id -u)" -ne 0 ] || mknod base/usr/lib/systemd/system/zero.service c 1 5
	mkfifo base/usr/lib/systemd/system/pipe.service
	rm base/usr/lib/os-release
	mkfifo base/usr/lib/os-release
	run_bounded --base=base
	[ "$status" -eq 1 ]
	[[ $output == *os-release* ]]
}

# No control character but the newline, and no more lines than findings have.
expect_plain() {
	if LC_ALL=C grep -q -n -P '[\x00-\x08\x0b-\x1f\x7f]' <<<"$output"; then
		echo "control characters reached the terminal"
		return 1
	fi
	if grep -q '^error: none' <<<"$output"; then
		echo "a name made a line of its own"
		return 1
	fi
	iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
}

@test "names with escape sequences, newlines and broken UTF-8" {
	hostile names names
	mkdir -p odd
	(cd odd && cpio --quiet -i <../names)
	mkdir -p odd/usr/lib/extension-release.d
	printf 'ID=_any\nSYSEXT_SCOPE=initrd\n' >odd/usr/lib/extension-release.d/extension-release.odd
	run_bounded --base=initrd --location=initrd odd
	[ "$status" -eq 1 ]
	[[ $output == *'\x1b[2J'* ]]
	[[ $output == *'line\x0aerror: none'* ]]
	expect_plain
	for name in $'esc\e[2J.raw' $'line\nerror: none.raw' $'\xff.raw'; do
		printf x >"$name"
		run_bounded --base=initrd "$name"
		expect_plain
		run_bounded --base="$name"
		expect_plain
	done
	run_bounded --base=initrd --location=initrd --report=json odd
	expect_plain
	python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$output"
	run_bounded --base=initrd --location=initrd --report=sarif odd
	expect_plain
	python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$output"
	run_bounded --base=initrd --location=initrd --report=junit odd
	expect_plain
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin)' <<<"$output"
}

@test "partition tables that overlap, and of 4294967295 entries" {
	make_image
	hostile gpt_overlap hello.raw out/hello.raw
	run_bounded --base=initrd hello.raw
	[ "$status" -eq 1 ]
	[[ $output == *"share sectors"* ]]
	hostile gpt_entries hello.raw out/hello.raw
	run_bounded --base=initrd hello.raw
	[ "$status" -eq 1 ]
	[[ $output == *4294967295* ]]
}

@test "directories that are in themselves" {
	mkdir -p tree/usr/lib/outer/inner
	mksquashfs tree/usr/lib hello.sqfs -noI -quiet -no-progress >/dev/null
	hostile squashfs_cycle hello.raw hello.sqfs
	run_bounded --base=initrd --location=initrd hello.raw
	[ "$status" -eq 1 ]
	[[ $output == *image-filesystem-broken* ]]
	mkfs.erofs --quiet hello.erofs tree/usr/lib
	hostile erofs_cycle hello.raw hello.erofs
	run_bounded --base=initrd --location=initrd hello.raw
	[ "$status" -eq 1 ]
	[[ $output == *image-filesystem-broken* ]]
}

@test "gigantic extended attributes" {
	hostile xattrs xattrs.tar
	mksquashfs - hello.raw -tar -quiet -no-progress -Xcompression-level 1 <xattrs.tar >/dev/null
	run_bounded --base=initrd --location=initrd --strict hello.raw
	[ "$status" -eq 3 ]
	[[ $output == *"extended attribute"*"merges unknown"* ]]
}

@test "PE images of 65535 sections, and sections upon each other" {
	python3 "$BATS_TEST_DIRNAME/../corpus/uki.py" plain .linux=kernel .uname=6.1 \
		.initrd=070701 .cmdline=quiet
	hostile pe_sections sections plain
	run_bounded --base=sections
	expect_error "base 'sections'" section
	hostile pe_overlap overlap plain
	run_bounded --base=overlap
	expect_error "base 'overlap'"
}
