#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Truncated, empty, random and huge files in every place, a full disk, a killed child, Ctrl-C.

load fixture

# Files that nobody wants: NAME CONTENTS of @test's folder.
make_junk() {
	: >empty
	openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 100000 >random || :
	truncate -s 4G sparse
}

@test "as an extension: a finding" {
	make_junk
	mkdir out
	run_build
	for junk in empty random sparse; do
		ln -f "$junk" hello.raw
		run timeout 60 "$verify" --base=initrd hello.raw
		echo "$junk: $output"
		[ "$status" -eq 1 ]
		[[ $output == *image-not-recognised* ]]
		rm hello.raw
	done
	size=$(stat -c %s out/hello.raw)
	for part in 1 511 512 1000 20000 $((size / 2)) $((size - 40000)) $((size - 1)); do
		head -c "$part" out/hello.raw >hello.raw
		run "$verify" --base=initrd hello.raw
		echo "$part: $output"
		[ "$status" -le 1 ]
		[[ $output == *verdict:* ]]
	done
}

@test "as a base: one clear line" {
	make_junk
	for junk in empty random sparse; do
		run timeout 60 "$verify" --base="$junk"
		echo "$junk: $output"
		expect_error "base '$junk'"
	done
	size=$(stat -c %s initrd)
	for part in 1 10 1000 $((size / 2)) $((size - 1)); do
		head -c "$part" initrd >cut
		run "$verify" --base=cut
		echo "$part: $output"
		[ "$status" -eq 2 ] || [[ $output == *verdict:* ]]
	done
}

@test "as a manifest, a key, a certificate: one clear line, nothing left" {
	make_junk
	mkdir out
	for junk in empty random sparse; do
		run timeout 60 "$build" "$junk" --base=initrd --root=donor \
			--private-key=trusted.key --certificate=trusted.crt --output=out/hello.raw
		expect_error "'$junk'"
		run timeout 60 "$build" hello.conf --base=initrd --root=donor \
			--private-key="$junk" --certificate=trusted.crt --output=out/hello.raw
		expect_error "'$junk'"
		run timeout 60 "$build" hello.conf --base=initrd --root=donor \
			--private-key=trusted.key --certificate="$junk" --output=out/hello.raw
		expect_error "'$junk'"
		run timeout 60 "$build" hello.conf --base="$junk" --root=donor \
			--private-key=trusted.key --certificate=trusted.crt --output=out/hello.raw
		expect_error "'$junk'"
		run timeout 60 "$verify" --base=initrd --cert="$junk"
		expect_error "'$junk'"
	done
	for part in 10 100 1000; do
		head -c "$part" trusted.key >cut.key
		run "$build" hello.conf --base=initrd --root=donor --private-key=cut.key \
			--certificate=trusted.crt --output=out/hello.raw
		expect_error "'cut.key'"
	done
	expect_nothing_left
}

@test "directories and pipes where files belong" {
	mkdir out folder
	mkfifo pipe
	run timeout 20 "$build" folder --base=initrd --root=donor \
		--private-key=trusted.key --certificate=trusted.crt --output=out/hello.raw
	expect_error "'folder'"
	run timeout 20 "$verify" --base=pipe
	expect_error "'pipe'"
	run timeout 20 "$verify" --base=initrd pipe
	expect_error "'pipe'"
	run_build --output=out
	[ "$status" -eq 2 ]
	run_build --output=absent/hello.raw
	expect_error "absent/hello.raw"
	expect_nothing_left
}

@test "a full disk" {
	mkdir out
	head -c 3000000 /dev/urandom >donor/usr/bin/filler
	sed -i 's,^Files=/usr/bin/hello,&\nFiles=/usr/bin/filler,' hello.conf
	# A chroot has no user namespaces; whoever is root there needs none.
	ways=("--user --map-root-user --mount" "--mount --propagation unchanged")
	for way in "${ways[@]}"; do
		# shellcheck disable=SC2086 # words
		! unshare $way true 2>/dev/null || break
		way=
	done
	[ -n "$way" ] || skip "neither root nor user namespaces"
	# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; words
	run unshare $way bash -c '
		mount -t tmpfs -o size=1M tmpfs out
		"$0" hello.conf --base=initrd --root=donor --private-key=trusted.key \
			--certificate=trusted.crt --output=out/hello.raw
		status=$?
		ls -A out
		umount out
		exit $status' "$build"
	echo "$output"
	expect_error "No space left"
}

@test "a killed mksquashfs" {
	mkdir out bin
	printf '%s\n' '#!/bin/sh' 'kill -9 $$' >bin/mksquashfs
	chmod 755 bin/mksquashfs
	PATH=$PWD/bin:$PATH run_build
	expect_error mksquashfs
	expect_nothing_left
}

@test "a mksquashfs that fails, and none at all" {
	mkdir out bin
	printf '%s\n' '#!/bin/sh' 'echo "no more memory" >&2' 'exit 1' >bin/mksquashfs
	chmod 755 bin/mksquashfs
	PATH=$PWD/bin:$PATH run_build
	[ "$status" -eq 2 ]
	[[ $output == *mksquashfs* ]]
	expect_nothing_left
	PATH=$PWD/nowhere run_build
	expect_error mksquashfs
	expect_nothing_left
}

@test "Ctrl-C" {
	mkdir out bin
	printf '%s\n' '#!/bin/bash' 'echo $$ >pid' 'exec sleep 60' >bin/mksquashfs
	chmod 755 bin/mksquashfs
	for signal in INT TERM HUP; do
		rm -f pid
		PATH=$PWD/bin:$PATH env --default-signal=INT,TERM,HUP "$build" hello.conf --base=initrd --root=donor \
			--private-key=trusted.key --certificate=trusted.crt --output=out/hello.raw \
			>log 2>&1 &
		builder=$!
		for _ in {1..100}; do
			[ ! -s pid ] || break
			sleep 0.1
		done
		kill -"$signal" "$builder"
		status=0
		wait "$builder" || status=$?
		echo "$signal: status $status: $(cat log)"
		[ "$status" -eq 2 ]
		grep -q "SIG$signal" log
		run kill -0 "$(cat pid)"
		[ "$status" -ne 0 ]
		expect_nothing_left
	done
}
