#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The forms of the report, waivers and baselines. sarif-2.1.0.schema.json is the schema of
# SARIF 2.1.0 (rtm.5) that OASIS publishes, as the npm package @microsoft/jest-sarif has it.

load fixture

setup() {
	cp -R "$BATS_FILE_TMPDIR/site/." "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p tree/usr/bin
	echo other >tree/usr/bin/base-tool
	mv tree hello
}

# A directory is seen where no boot loader has to copy it.
judge() {
	run "$verify" --base=base --location=initrd "$@"
}

# One error, one warning, one unknown: the release file is gone, a file is replaced, and who
# signed an image is not known.
make_findings() {
	cp -R hello bad
	rm -r bad/usr/lib/extension-release.d
	rm -r base/usr/lib/modules
}

@test "SARIF is accepted by its schema and says what the text says" {
	make_findings
	judge hello bad
	[ "$status" -eq 1 ]
	n=$(grep -c ' \[[a-z-]*\]$' <<<"$output")
	[ "$n" -gt 3 ]
	echo 'hidden-replaced usr/bin/* * never on purpose' >waivers
	judge --report=sarif --waivers=waivers hello bad
	[ "$status" -eq 1 ]
	echo "$output" >report.sarif
	N=$n SCHEMA=$BATS_TEST_DIRNAME/sarif-2.1.0.schema.json python3 - <<-'EOP'
	import json, os
	import jsonschema
	report = json.load(open("report.sarif"))
	schema = json.load(open(os.environ["SCHEMA"]))
	jsonschema.Draft4Validator(schema).validate(report)
	try:
	    jsonschema.Draft4Validator(schema).validate({**report, "version": "2.0.0"})
	    raise SystemExit("the schema accepts everything")
	except jsonschema.ValidationError:
	    pass
	run = report["runs"][0]
	assert run["invocations"][0]["exitCode"] == 1
	assert run["properties"]["merges"] == "no"
	results = run["results"]
	assert len(results) == int(os.environ["N"]), len(results)
	rules = run["tool"]["driver"]["rules"]
	for result in results:
	    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
	    assert (result["kind"] == "open") == (result["level"] == "none")
	    waived = result["ruleId"] == "hidden-replaced"
	    assert ("suppressions" in result) == waived, result
	assert {"open", "fail"} == {result["kind"] for result in results}
	prints = [result["partialFingerprints"]["finding/v1"] for result in results]
	assert len(set(prints)) == len(prints)
	uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
	        for result in results}
	assert uris == {"base", "hello", "bad"}, uris
	EOP
}

@test "odd names are one URI in SARIF" {
	cp -R hello 'a b%ü#'
	judge --report=sarif "$PWD/a b%ü#"
	[[ $output == *"file://$PWD/a%20b%25%C3%BC%23"* ]]
}

@test "JUnit has a suite for each subject and counts what failed" {
	make_findings
	judge --report=junit hello bad
	[ "$status" -eq 1 ]
	echo "$output" >report.xml
	python3 - <<-'EOP'
	import xml.etree.ElementTree as tree
	suites = {suite.get("name"): suite for suite in tree.parse("report.xml").getroot()}
	assert sorted(suites) == ["bad", "base", "hello"], suites
	for suite in suites.values():
	    cases = suite.findall("testcase")
	    assert len(cases) == int(suite.get("tests")) > 10
	    assert len(suite.findall("testcase/failure")) == int(suite.get("failures"))
	    assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped"))
	failed = [case.get("name") for case in suites["bad"] if case.find("failure") is not None]
	assert failed == ["release-missing-in-directory"], failed
	assert suites["hello"].get("failures") == "0"
	texts = [case.findtext("system-out") for case in suites["hello"]
	         if case.get("name") == "hidden-replaced"]
	assert "warning: is a file" in texts[0], texts
	open_ = [case.find("skipped").text for case in suites["base"]
	         if case.find("skipped") is not None and case.find("skipped").text]
	assert any("unknown" in text for text in open_), open_
	EOP
	judge --report=junit --fail-on=warning --strict hello bad
	echo "$output" >report.xml
	[ "$(grep -c '<failure' report.xml)" -gt 3 ]
}

@test "names cannot break out of JUnit" {
	cp -R hello '<&">'
	judge --report=junit '<&">'
	name=$(python3 -c 'import sys, xml.etree.ElementTree as tree
print(tree.fromstring(sys.stdin.read())[1].get("name"))' <<<"$output")
	[ "$name" = '<&">' ]
}

@test "exit statuses are the same in all forms" {
	make_findings
	for arguments in hello bad "--strict hello" "--fail-on=warning hello" "--fail-on=note bad"; do
		read -ra words <<<"$arguments"
		judge "${words[@]}"
		wanted=$status
		for form in text json sarif junit; do
			judge "--report=$form" "${words[@]}"
			[ "$status" -eq "$wanted" ]
		done
		statuses+=$wanted
	done
	[ "$statuses" = 01311 ]
}

@test "a waiver keeps a finding from failing, and from nothing else" {
	judge --fail-on=warning hello
	[ "$status" -eq 1 ]
	echo 'hidden-replaced usr/bin/base-tool b* 2999-12-31 on purpose' >waivers
	judge --fail-on=warning --waivers=waivers hello
	[ "$status" -eq 0 ]
	[[ $output == *"warning, waived: "*"[hidden-replaced] (on purpose)"* ]]
	[[ $output == *"1 waived"* ]]
	judge --report=json --waivers=waivers hello
	python3 -c 'import json, sys
report = json.load(sys.stdin)
assert report["findings"][0]["waived"] == "on purpose"
assert report["counts"]["waived"] == 1 and report["counts"]["warnings"] == 0' <<<"$output"
	rm -r hello/usr/lib/extension-release.d
	echo 'release-missing-in-directory * * never we know' >waivers
	judge --waivers=waivers hello
	[ "$status" -eq 0 ]
	[[ $output == *"merges no (ignored)"* ]]
}

@test "waivers that cannot be read end the run" {
	judge --waivers=absent hello
	expect_error "waivers 'absent'" "No such file"
	printf 'a\0b' >waivers
	judge --waivers=waivers hello
	expect_error "waivers 'waivers'" "NUL"
	printf 'a\xff' >waivers
	judge --waivers=waivers hello
	expect_error "waivers 'waivers'" "0xff" "UTF-8"
	truncate -s 2M waivers
	judge --waivers=waivers hello
	expect_error "waivers 'waivers'" "2097152" "1048576"
}

@test "with a baseline only what is new fails" {
	judge --report=json hello
	echo "$output" >old.json
	judge --fail-on=warning --baseline=old.json hello
	[ "$status" -eq 0 ]
	[[ $output == *"warning, known: "*"[hidden-replaced]"* ]]
	[[ $output == *"1 known"* ]]
	echo other >hello/usr/bin/modprobe
	ln -s ../bin/modprobe base/usr/bin/modprobe
	judge --fail-on=warning --baseline=old.json hello
	[ "$status" -eq 1 ]
	[[ $output == *"usr/bin/modprobe: warning: "* ]]
	judge --report=sarif --baseline=old.json hello
	[[ $output == *'"baselineState": "unchanged"'*'"baselineState": "new"'* ]]
}

@test "a baseline that is none ends the run" {
	judge --baseline=absent hello
	expect_error "baseline 'absent'" "No such file"
	echo '{"schema": 1,' >old.json
	judge --baseline=old.json hello
	expect_error "baseline 'old.json'" "line 2, column 0"
	echo '{"schema": 2, "findings": [], "unknown": []}' >old.json
	judge --baseline=old.json hello
	expect_error "schema is 2, must be 1"
	echo '[]' >old.json
	judge --baseline=old.json hello
	expect_error "'schema'"
	echo '{"schema": 1, "findings": [{"id": "x"}], "unknown": []}' >old.json
	judge --baseline=old.json hello
	expect_error "lacks 'id', 'image', 'path' or 'detail'"
	echo '{"schema": 1, "findings": []}' >old.json
	judge --baseline=old.json hello
	expect_error "no array 'unknown'"
}
