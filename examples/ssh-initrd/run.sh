#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The whole example: builds the tools, makes a base that trusts a fresh certificate, builds
# a signed sshd extension for it, verifies it, shows two refusals, and boots it.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
checkout=$(cd "$here/../.." && pwd -P)
build=$checkout/build/release
work=$checkout/build/ssh-initrd
yes=
boot=

usage() {
	cat <<-EOF
	Usage: run.sh [--yes] [--boot] [--work=DIR]

	Adds sshd to a Debian initrd by a signed extension, from nothing.

	  --yes       install missing packages without a question
	  --boot      boot kernel, initrd and extension in QEMU and log in over ssh
	  --work=DIR  where the base is made, once (default: build/ssh-initrd)
	  --help      this text

	Must be run as root, because the base is made with debootstrap.
	EOF
}

say() {
	printf '\n%s\n' "=== $*"
}

die() {
	printf '%s\n' "run: error: $*" >&2
	exit 1
}

compile() {
	local options=(--buildtype=release)
	[ ! -e "$build/build.ninja" ] || options+=(--reconfigure)
	if ! meson setup "${options[@]}" "$build" "$checkout" >"$work/meson.log" 2>&1; then
		tail -n 25 "$work/meson.log" >&2
		die "meson failed; the whole log is $work/meson.log"
	fi
	ninja --quiet -C "$build" sysext-build/sysext-build sysext-verify/sysext-verify
}

build_extension() {
	local manifest=$1 output=$2
	"$build/sysext-build/sysext-build" "$manifest" --base="$work/initrd" --root="$work/root" \
		--private-key="$work/verity.key" --certificate="$work/verity.crt" --output="$output"
}

verify() {
	"$build/sysext-verify/sysext-verify" --base="$work/initrd" "$1"
}

change_byte() {
	local file=$1 offset=$2 old
	old=$(od -An -tu1 -j "$offset" -N 1 "$file")
	# shellcheck disable=SC2059 # the format is the byte, in octal
	printf "\\$(printf %03o $((255 - old)))" |
		dd of="$file" bs=1 seek="$offset" conv=notrunc status=none
}

# Status 1 is a finding; any other would mean that the program could not do its work.
expect_refusal() {
	local status=0
	"$@" || status=$?
	[ "$status" -eq 1 ] || die "expected a refusal (status 1), but the status was $status"
}

for arg; do
	case $arg in
	--yes) yes=--yes ;;
	--boot) boot=yes ;;
	--work=?*) work=${arg#*=} ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done
[ "$(id -u)" -eq 0 ] || die "must be run as root, to make a root file system"
mkdir -p "$work"
work=$(cd "$work" && pwd -P)

say "Packages that are needed here"
"$here/../packages.sh" ${yes:+"$yes"} build example

say "The tools"
compile

say "The base: a Debian initrd that nobody may edit"
"$here/make-base.sh" --work="$work"

say "The extension: $work/sshd.raw"
build_extension "$here/ssh.conf" "$work/sshd.raw"

say "Will the base merge it, and will it work?"
verify "$work/sshd.raw"

say "The same, but made for a booted system instead of an initrd: refused"
sed -e 's/^Scope=.*/Scope=system/' -e "s|^Tree=tree\$|Tree=$here/tree|" \
	"$here/ssh.conf" >"$work/system.conf"
mkdir -p "$work/system"
expect_refusal build_extension "$work/system.conf" "$work/system/sshd.raw"
[ ! -e "$work/system/sshd.raw" ] || die "an extension that is refused was left behind"

say "The same, but one byte in its middle was changed: refused"
mkdir -p "$work/changed"
cp -- "$work/sshd.raw" "$work/changed/sshd.raw"
change_byte "$work/changed/sshd.raw" $(($(stat -c %s "$work/sshd.raw") / 2))
expect_refusal verify "$work/changed/sshd.raw"

if [ -n "$boot" ]; then
	say "A real boot, and a login into the initrd"
	"$here/boot.sh" --work="$work"
fi
