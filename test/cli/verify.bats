#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load fixture

@test "--help fits a terminal" {
	run "$verify" --help
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -lt 40 ]
	[ -z "$(awk 'length > 80' <<<"$output")" ]
	[[ $output == *Example:* ]]
}

@test "--version" {
	run "$verify" --version
	[ "$status" -eq 0 ]
	[[ $output == "sysext-verify "[0-9]* ]]
}

@test "bad options are named" {
	run "$verify" --bas=initrd
	expect_error "'--bas=initrd'"
	run "$verify" --base
	expect_error "--base=PATH"
	run "$verify" --strict=yes --base=initrd
	expect_error "--strict takes no value" "'yes'"
	run "$verify" --base=initrd --location=usb
	expect_error "--location is 'usb'" "esp, esp-global, initrd or a directory"
	run "$verify" --base=initrd --report=xml
	expect_error "--report is 'xml'" "text, json, sarif or junit"
	run "$verify" --base=initrd --fail-on=all
	expect_error "--fail-on is 'all'" "error, warning or note"
	run "$verify" x.raw
	expect_error "--base=PATH is missing"
	run "$verify" --explain=nothing
	expect_error "'nothing'" "--list-checks"
}

@test "files that are not there are named" {
	run "$verify" --base=absent
	expect_error "base 'absent'" "No such file"
	run "$verify" --base=initrd absent.raw
	expect_error "extension 'absent.raw'" "No such file"
	run "$verify" --base=initrd --cert=absent.crt
	expect_error "certificate 'absent.crt'" "No such file"
}

@test "exit statuses: 0, 1, 3" {
	mkdir out
	run_build
	[ "$status" -eq 0 ]
	run "$verify" --base=initrd out/hello.raw
	[ "$status" -eq 0 ]
	cp out/hello.raw other.raw
	run "$verify" --base=initrd other.raw
	[ "$status" -eq 1 ]
	rm base/usr/lib/verity.d/trusted.crt
	run "$verify" --base=base out/hello.raw
	[ "$status" -eq 0 ]
	[[ $output == *"merges unknown"* ]]
	run "$verify" --base=base --strict out/hello.raw
	[ "$status" -eq 3 ]
	run "$verify" --base=base --strict --cert=trusted.crt out/hello.raw
	[ "$status" -eq 0 ]
}

@test "--fail-on decides what fails" {
	mkdir out
	echo extra >donor/usr/bin/extra
	sed -i 's,^Files=/usr/bin/hello,&\nFiles=/usr/bin/extra,' hello.conf
	run_build
	[ "$status" -eq 0 ]
	cp initrd other
	(cd base && mkdir -p usr/bin && echo other >usr/bin/extra)
	run "$verify" --base=base out/hello.raw
	[ "$status" -eq 0 ]
	[[ $output == *hidden-replaced* ]]
	run "$verify" --base=base --fail-on=warning out/hello.raw
	[ "$status" -eq 1 ]
}

@test "without an extension the base is judged" {
	run "$verify" --base=initrd
	[ "$status" -eq 0 ]
	[[ $output == *"merges yes"* ]]
	rm base/usr/bin/systemd-sysext
	run "$verify" --base=base
	[ "$status" -eq 1 ]
	[[ $output == *base-without-sysext* ]]
}

@test "JSON has schema 1 and agrees with the text" {
	mkdir out
	run_build
	"$verify" --base=initrd --report=json out/hello.raw >report.json
	cp out/hello.raw bad.raw
	run "$verify" --base=initrd --report=json bad.raw
	[ "$status" -eq 1 ]
	echo "$output" >bad.json
	python3 - <<-'EOF'
	import json
	good, bad = (json.load(open(name)) for name in ("report.json", "bad.json"))
	keys = ["schema", "base", "verdict", "exit", "extensions", "findings", "unknown",
	        "skipped", "counts", "sandbox"]
	assert sorted(good) == sorted(bad) == sorted(keys), sorted(good)
	assert good["schema"] == 1
	assert good["verdict"] == {"merges": "yes", "works": "yes"}
	assert good["exit"] == 0 and bad["exit"] == 1
	for report in good, bad:
	    seen = report["extensions"][0].pop("seen")
	    assert report["extensions"][0].pop("version") is None
	    assert sorted(seen) == ["257", "262", "libblkid"], seen
	    for version in "257", "262":
	        assert seen[version]["image"] == {"answer": "found", "type": None,
	                                          "usage": None, "table": "gpt"}, seen
	        assert seen[version]["data"]["type"] == "squashfs", seen
	assert good["extensions"] == [{"name": "hello", "image": "out/hello.raw", "merges": "yes",
	                               "consequence": "none", "works": "yes"}]
	assert bad["extensions"][0]["consequence"] == "aborts-all"
	assert bad["verdict"] == {"merges": "no", "works": "unknown"}
	finding = bad["findings"][0]
	assert sorted(finding) == ["consequence", "detail", "id", "image", "known", "path",
	                           "severity", "waived"]
	assert finding["known"] is False and finding["waived"] is None
	assert finding["id"] == "release-missing", finding
	assert good["base"]["systemd"] == 257
	assert bad["counts"]["errors"] == len(bad["findings"])
	EOF
}

@test "one bad extension is seen beside a good one" {
	mkdir out
	run_build
	head -c 5000 initrd >junk.raw
	run "$verify" --base=initrd out/hello.raw junk.raw
	[ "$status" -eq 1 ]
	[[ $output == *"out/hello.raw: merges yes"* ]]
	[[ $output == *"junk.raw: merges no (aborts all)"* ]]
	[[ $output == *"verdict: merges no (aborts all)"* ]]
}

@test "--list-checks and --explain say the same" {
	"$verify" --list-checks >list
	[ "$(wc -l <list)" -gt 80 ]
	while read -r id severity consequence title; do
		text=$("$verify" "--explain=$id")
		[[ $text == *"$id: $title"*"severity:    $severity"*"consequence: $consequence"* ]]
	done <list
}

@test "no colour but on a terminal, and never with NO_COLOR" {
	run "$verify" --base=initrd initrd
	[[ $output != *$'\033'* ]]
	run script -qec "$verify --base=initrd initrd" /dev/null
	[[ $output == *$'\033'* ]]
	NO_COLOR=1 run script -qec "$verify --base=initrd initrd" /dev/null
	[[ $output != *$'\033'* ]]
}

@test "names with control characters do not reach the terminal" {
	name=$'a\033[31m.raw'
	cp initrd "$name"
	run "$verify" --base=initrd "$name"
	[[ $output != *$'\033'* ]]
	[[ $output == *'\x1b'* ]]
}

@test "an output that cannot be written is an error" {
	[ -e /dev/full ] || skip "there is no /dev/full"
	run bash -c "'$verify' --list-checks >/dev/full"
	[ "$status" -eq 2 ]
	[[ $output == *"cannot write the output"* ]]
	run bash -c "set -o pipefail; '$verify' --list-checks | head -n 1"
	[[ $output == *base-damaged* ]]
}
