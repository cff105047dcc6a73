#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load fixture

@test "--help fits a terminal" {
	run "$build" --help
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -lt 40 ]
	[ -z "$(awk 'length > 80' <<<"$output")" ]
	[[ $output == *Example:* ]]
}

@test "what is missing on the command line is named" {
	run "$build"
	expect_error "MANIFEST is missing"
	run "$build" hello.conf
	expect_error "--base=PATH is missing"
	run "$build" hello.conf --base=initrd
	expect_error "--private-key=FILE is missing"
	run "$build" hello.conf --base=initrd --private-key=trusted.key
	expect_error "--certificate=FILE is missing"
	run "$build" hello.conf --base=initrd --private-key=trusted.key --certificate=trusted.crt
	expect_error "--output=FILE is missing"
	run "$build" hello.conf again.conf
	expect_error "hello.conf" "again.conf"
	SOURCE_DATE_EPOCH=tomorrow run_build
	expect_error "SOURCE_DATE_EPOCH" "tomorrow"
}

@test "what is built is right in the eyes of others" {
	mkdir out
	run_build
	[ "$status" -eq 0 ]
	run "$verify" --base=initrd out/hello.raw
	[ "$status" -eq 0 ]
	[[ $output == *"merges yes, works yes"* ]]
	sfdisk --verify out/hello.raw
	sfdisk --json out/hello.raw >table.json
	python3 - <<-'EOF' >parts
	import json
	table = json.load(open("table.json"))["partitiontable"]
	for part in table["partitions"]:
	    print(part["start"], part["size"], part["type"].lower(), part["uuid"].replace("-", "").lower())
	EOF
	for name in data hash signature; do
		read -r start size _ uuid
		dd if=out/hello.raw of="$name" bs=512 skip="$start" count="$size" status=none
		echo "$uuid" >"$name.uuid"
	done <parts
	root_hash=$(cat data.uuid hash.uuid | tr -d '\n')
	veritysetup verify data hash "$root_hash"
	python3 - "$root_hash" <<-'EOF'
	import base64, json, sys
	text = open("signature", "rb").read()
	signature = json.loads(text.split(b"\0")[0])
	assert text.strip(b"\0").count(b"\0") == 0
	assert signature["rootHash"] == sys.argv[1]
	open("signature.der", "wb").write(base64.b64decode(signature["signature"]))
	open("content", "w").write(sys.argv[1])
	EOF
	openssl smime -verify -inform der -in signature.der -content content -binary \
		-certfile trusted.crt -nointern -noverify >/dev/null
	unsquashfs -quiet -no-progress -d tree2 data >/dev/null
	cmp tree2/usr/bin/hello donor/usr/bin/hello
	cmp tree2/usr/lib/libnew.so.1 donor/usr/lib/libnew.so.1
	grep -qx 'SYSEXT_SCOPE="\?initrd"\?' tree2/usr/lib/extension-release.d/extension-release.hello
	[ "$(readlink tree2/usr/lib/systemd/system/basic.target.upholds/hello.service)" = \
		../hello.service ]
}

@test "nothing that the base has is shipped, and each file has its reason" {
	run "$build" hello.conf --base=initrd --root=donor --dry-run
	[ "$status" -eq 0 ]
	[[ $output == *"usr/lib/libnew.so.1  needed by usr/bin/hello (libnew.so.1)"* ]]
	[[ $output != *usr/lib/libbase.so.1* ]]
	[[ $output != *usr/lib/ld-test.so.1* ]]
	sed -i 's,^Files=/usr/bin/hello,&\nFiles=/usr/bin/base-tool,' hello.conf
	run "$build" hello.conf --base=initrd --root=donor --dry-run
	[ "$status" -eq 0 ]
	[[ $output == *"left out:"*usr/bin/base-tool* ]]
}

@test "a library that nobody has stops the build" {
	mkdir out
	rm donor/usr/lib/libnew.so.1
	run_build
	expect_error "usr/bin/hello" "libnew.so.1" "donor"
	expect_nothing_left
}

@test "two builds at different times in different folders are equal" {
	mkdir out
	run_build
	[ "$status" -eq 0 ]
	sleep 1.1
	mkdir -p elsewhere/deeper/out
	cp -R donor base initrd hello.conf trusted.* elsewhere/deeper/
	find elsewhere/deeper/donor -exec touch {} +
	cd elsewhere/deeper
	TZ=Asia/Tokyo LC_ALL=C run_build
	[ "$status" -eq 0 ]
	cmp out/hello.raw "$BATS_TEST_TMPDIR/out/hello.raw"
}

@test "an image that the checks refuse gets no name" {
	mkdir out
	sed -i 's,^Name=hello,&\nScope=system,' hello.conf
	run_build
	[ "$status" -eq 1 ]
	[[ $output == *release-scope-mismatch* ]]
	[[ $output == *"was not written"* ]]
	expect_nothing_left
}

@test "an existing image stays when a build fails" {
	mkdir out
	run_build
	[ "$status" -eq 0 ]
	before=$(sha256sum <out/hello.raw)
	sed -i 's,^Name=hello,&\nScope=system,' hello.conf
	run_build
	[ "$status" -eq 1 ]
	[ "$(sha256sum <out/hello.raw)" = "$before" ]
}

@test "mistakes in a manifest are told with their line" {
	mkdir out
	printf '%s\n' '[Extension]' Name=hello '[Content]' Fils=/usr/bin/hello >hello.conf
	run_build
	expect_error "hello.conf" "line 4" "Fils" "Files"
	printf '%s\n' '[Extensions]' Name=hello >hello.conf
	run_build
	expect_error "hello.conf" "line 2" "Extensions"
	printf '%s\n' '[Extension]' 'no assignment' >hello.conf
	run_build
	expect_error "hello.conf" "line 2"
	printf '%s\n' '[Extension]' Name=hello '[Content]' Files=/usr/bin/absent >hello.conf
	run_build
	expect_error "line 4" "/usr/bin/absent"
	expect_nothing_left
}

@test "a base that trusts nobody by itself: built, but not called good" {
	mkdir out
	rm base/usr/lib/verity.d/trusted.crt
	run "$build" hello.conf --base=base --root=donor --private-key=trusted.key \
		--certificate=trusted.crt --output=out/hello.raw
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"base 'base' has no certificate"*"'trusted.crt'"* ]]
	[[ $output == *"merges unknown, works unknown"* ]]
	[ -e out/hello.raw ]
}

@test "a key that does not fit its certificate" {
	mkdir out
	run "$build" hello.conf --base=initrd --root=donor --private-key=other.key \
		--certificate=trusted.crt --output=out/hello.raw
	expect_error "other.key" "trusted.crt"
	expect_nothing_left
}

@test "no root is needed" {
	[ "$(id -u)" -eq 0 ] || skip "the other tests run without root already"
	mkdir out
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" . || :
	chown 65534:65534 out trusted.key
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$build" hello.conf --base=initrd \
		--root=donor --private-key=trusted.key --certificate=trusted.crt --output=out/hello.raw
	echo "$output"
	[ "$status" -eq 0 ]
}
