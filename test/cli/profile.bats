#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later

load fixture

write_profile() {
	run "$verify" --base=initrd --write-profile=initrd.profile "$@"
}

@test "a profile stands for the base: same findings, same report but for the name" {
	rm base/usr/lib/systemd/system/systemd-sysext.service
	run "$verify" --base=base
	before=$output
	run "$verify" --base=base --write-profile=base.profile
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run "$verify" --base=base.profile
	[ "$status" -eq 1 ]
	[ "${output//base.profile: /base: }" = "$before" ]
}

@test "the same base gives the same bytes, and jq can read them" {
	write_profile
	[ "$status" -eq 0 ]
	cp initrd.profile first
	write_profile --force
	cmp first initrd.profile
	[ "$(zstd -dc initrd.profile | jq -r .format,.schema,.identity.systemd,.identity.id |
		tr '\n' ' ')" = "sysext base profile 1 257 test " ]
	[ "$(zstd -dc initrd.profile | jq -r '.layers[0].sha256')" = \
		"$(sha256sum initrd | cut -d' ' -f1)" ]
	[ "$(zstd -dc initrd.profile | jq '.files | length')" -eq "$(find base | wc -l)" ]
}

@test "no contents of files, no path of this machine" {
	printf 'root:$6$secret$hash:1::::::\n' >base/etc/shadow
	run "$verify" --base="$PWD/base" --write-profile=base.profile
	[ "$status" -eq 0 ]
	zstd -dc base.profile >text
	grep -q '"etc/shadow"' text
	! grep -qF -e "$PWD" -e secret text
}

@test "a profile that is there stays, unless --force is given" {
	echo mine >initrd.profile
	write_profile
	expect_error "'initrd.profile' is there already" --force
	[ "$(cat initrd.profile)" = mine ]
	write_profile --force
	[ "$status" -eq 0 ]
	run "$verify" --base=initrd.profile
	[ "$status" -eq 0 ]
}

@test "a failed run leaves nothing" {
	head -c 20 initrd >cut
	run "$verify" --base=cut --write-profile=cut.profile
	[ "$status" -eq 2 ]
	[ ! -e cut.profile ]
	write_profile --private-key=other.key --certificate=trusted.crt
	expect_error "'trusted.crt' is not for the key in 'other.key'"
	[ ! -e initrd.profile ]
	[ ! -e initrd.profile.p7s ]
	write_profile --private-key=other.key
	expect_error "--private-key and --certificate" "missing"
	run "$verify" --base=initrd --write-profile=absent/x
	expect_error "absent"
	run "$verify" --write-profile=x
	expect_error "--base=PATH is missing"
	run "$verify" --base=initrd --write-profile=x hello.raw
	expect_error "judges no extension" "'hello.raw'"
}

@test "a profile is not written from a profile" {
	write_profile
	run "$verify" --base=initrd.profile --write-profile=again
	expect_error "is a profile already"
	[ ! -e again ]
}

@test "signed: openssl agrees, and so do we" {
	write_profile --private-key=other.key --certificate=other.crt
	[ "$status" -eq 0 ]
	openssl smime -verify -binary -inform der -in initrd.profile.p7s \
		-content initrd.profile -certfile other.crt -nointern -noverify >/dev/null
	run "$verify" --base=initrd.profile --profile-cert=other.crt
	[ "$status" -eq 0 ]
	[[ $output != *base-profile-not-checked* ]]
	run "$verify" --base=initrd.profile
	[ "$status" -eq 0 ]
	[[ $output == *"note: the signature 'initrd.profile.p7s' of the base profile was not"* ]]
}

@test "signed by openssl, checked by us" {
	write_profile
	openssl smime -sign -binary -nocerts -noattr -outform der -in initrd.profile \
		-signer other.crt -inkey other.key -out initrd.profile.p7s
	run "$verify" --base=initrd.profile --profile-cert=other.crt
	[ "$status" -eq 0 ]
}

@test "a signature that is wrong, of somebody else, or missing ends the run" {
	write_profile --private-key=other.key --certificate=other.crt
	run "$verify" --base=initrd.profile --profile-cert=trusted.crt
	expect_error "'initrd.profile.p7s' is not one of certificate 'trusted.crt'"
	run "$verify" --base=base --write-profile=another.profile
	cp initrd.profile.p7s another.profile.p7s
	run "$verify" --base=another.profile --profile-cert=other.crt
	expect_error "'another.profile.p7s' is not one of certificate 'other.crt'"
	head -c 100 initrd.profile.p7s >another.profile.p7s
	run "$verify" --base=another.profile --profile-cert=other.crt
	expect_error "signature 'another.profile.p7s'"
	rm another.profile.p7s
	run "$verify" --base=another.profile --profile-cert=other.crt
	expect_error "is not signed" "--profile-cert"
	run "$verify" --base=initrd --profile-cert=other.crt
	expect_error "is not a signed base profile"
}

@test "an unsigned profile takes an old signature away" {
	write_profile --private-key=other.key --certificate=other.crt
	write_profile
	expect_error "initrd.profile' is there already"
	write_profile --force
	[ "$status" -eq 0 ]
	[ ! -e initrd.profile.p7s ]
}

@test "newer, cut and changed profiles are refused with words" {
	write_profile
	zstd -dc initrd.profile | sed 's/"schema":1/"schema":2/' | zstd -q >newer
	run "$verify" --base=newer
	expect_error "base 'newer'" "has schema 2, this program reads 1"
	head -c 700 initrd.profile >cut
	run "$verify" --base=cut
	expect_error "base 'cut'"
	zstd -dc initrd.profile | sed 's/"mode":"0755"/"mode":"x"/' | zstd -q >bad
	run "$verify" --base=bad
	expect_error "base 'bad'" "mode is 'x'"
}

@test "sysext-build takes a profile, and makes the same image" {
	mkdir out
	run_build
	[ "$status" -eq 0 ]
	mv out/hello.raw first
	write_profile
	mv initrd.profile initrd
	run_build
	[ "$status" -eq 0 ]
	cmp first out/hello.raw
}

@test "bases are known by name, and a file of the name wins" {
	run "$verify" --list-bases
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == "debian-13-dracut "*"dracut 1"*"systemd 257"*x86-64 ]]
	[[ ${lines[1]} == "debian-13-mkosi-initrd "*"Debian"*"systemd 257"*x86-64 ]]
	for name in debian-13-dracut debian-13-mkosi-initrd; do
		run "$verify" --base="$name" --report=json
		[ "$(jq -r .base.systemd <<<"$output")" = 257 ]
		[ "$(jq -r '.verdict.merges' <<<"$output")" != no ]
	done
	run "$verify" --base=./debian-13-dracut
	expect_error "No such file"
	cp initrd debian-13-dracut
	run "$verify" --base=debian-13-dracut --report=json
	[ "$(jq -r '.base["os-release"].ID' <<<"$output")" = test ]
	rm debian-13-dracut
	run "$verify" --base=debian-13-dracut --profile-cert=other.crt
	expect_error "is not a signed base profile"
}
