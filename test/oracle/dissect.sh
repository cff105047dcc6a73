#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compares what sysext-verify says of an image and of the files beside it with what
# systemd-dissect --validate of a Debian root says: refused, or not.

set -euo pipefail

root=
program=
work=
passed=0
failed=0
refused=0

usage() {
	cat <<-EOF
	Usage: dissect.sh --root=DIR --program=FILE

	Makes images, bare and with partitions, puts files about their hash trees beside
	them, and compares who refuses what. Prints a line for each difference.

	  --root=DIR      a root file system with systemd-dissect and systemd-repart, as
	                  make-roots.sh makes them
	  --program=FILE  the sysext-verify to compare
	  --help          this text

	Must be run as root, because it changes into the root file system.
	EOF
}

die() {
	printf '%s\n' "dissect: error: $*" >&2
	exit 1
}

make_base() {
	local base=$work/base

	mkdir -p "$base/etc" "$base/usr/lib/systemd"
	cp "$root"/usr/lib/*/systemd/libsystemd-shared-*.so "$base/usr/lib/systemd/"
	cp "$root/usr/lib/systemd/systemd" "$base/usr/lib/systemd/"
	printf '%s\n' ID=test >"$base/usr/lib/os-release"
	ln -s ../usr/lib/os-release "$base/etc/initrd-release"
}

# bare.raw, gpt.raw with a hash tree and its root hash in gpt.hash, and others.
make_images() {
	mkdir -p tree/usr/lib/extension-release.d definitions
	head -c 3000000 /dev/urandom >tree/usr/lib/random
	for name in bare gpt; do
		printf '%s\n' ID=_any SYSEXT_SCOPE=initrd \
			>"tree/usr/lib/extension-release.d/extension-release.$name"
	done
	mksquashfs tree bare.raw -quiet -no-progress -noappend >/dev/null
	printf '%s\n' '[Partition]' Type=root Format=squashfs CopyFiles=/ Verity=data \
		VerityMatchKey=root Minimize=best >definitions/1.conf
	printf '%s\n' '[Partition]' Type=root-verity Verity=hash VerityMatchKey=root \
		Minimize=best >definitions/2.conf
	chroot "$root" systemd-repart --offline=yes --empty=create --size=auto \
		--definitions="$inside/definitions" --copy-source="$inside/tree" --json=short \
		"$inside/gpt.raw" >gpt.json 2>gpt.log || die "$(cat gpt.log)"
	python3 -c 'import json
print(next(row["roothash"] for row in json.load(open("gpt.json")) if row.get("roothash")))' \
		>gpt.hash
	truncate -s 8M other
	mkfs.ext4 -q -b 1024 other
	cp bare.raw two.raw
	dd if=other of=two.raw bs=1024 skip=1 seek=1 count=1 conv=notrunc status=none
	truncate -s 8M fat.raw
	mkfs.vfat fat.raw >/dev/null
	cp fat.raw fat-two.raw
	dd if=other of=fat-two.raw bs=1024 skip=1 seek=1 count=1 conv=notrunc status=none
	: >empty.raw
	head -c 100000 /dev/urandom >random.raw
	head -c 30000 gpt.raw >cut.raw
}

ours() {
	"$program" --base=base --location=initrd --report=json "$1" >said.json ||
		[ $? -eq 1 ] || die "sysext-verify failed on '$1'"
	python3 - <<-'EOF'
	import json
	report = json.load(open("said.json", encoding="utf-8"))
	refused = [row["id"] for row in report["findings"] if row["consequence"] == "aborts-all"
	           and row["severity"] == "error"
	           and row["id"].startswith(("image-", "verity-sidecar-"))]
	print("refused" if refused else "taken")
	EOF
}

theirs() {
	if chroot "$root" systemd-dissect --validate "$inside/$1" >said.text 2>&1 </dev/null; then
		echo taken
	else
		echo refused
	fi
}

# IMAGE COMMAND: what COMMAND puts beside it is gone again afterwards.
compare() {
	local image=$1 command=${2:-:} we they

	eval "$command"
	we=$(ours "$image.raw")
	they=$(theirs "$image.raw")
	[ "$they" = taken ] || refused=$((refused + 1))
	if [ "$we" = "$they" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok $image, $command: we say $we, systemd-dissect $they: $(tail -n 1 said.text)"
	fi
	rm -rf -- "$image".{verity,roothash,usrhash}*
}

run() {
	local hash half=0123456789abcdef0123456789abcdef zero=00000000000000000000000000000000
	local image

	hash=$(cat gpt.hash)
	for image in bare gpt two fat fat-two empty random cut; do
		compare "$image"
	done
	compare bare ': >bare.verity'
	compare bare ': >bare.roothash'
	compare bare ': >bare.roothash.p7s'
	compare bare "echo $half >bare.roothash"
	compare bare "echo ' $half ' >bare.roothash"
	compare bare "echo ${half^^} >bare.roothash"
	compare bare "echo ${half%ef} >bare.roothash"
	compare bare "echo ${half}0 >bare.roothash"
	compare bare "echo 0x$half >bare.roothash"
	compare bare "printf '\n%s\n' $half >bare.roothash"
	compare bare "echo $half$zero >bare.roothash"
	compare bare "echo $zero$half >bare.roothash"
	compare bare "echo $half >bare.roothash; : >bare.roothash.p7s"
	compare bare "echo $half >bare.roothash; mkdir bare.roothash.p7s"
	compare bare "echo $half >bare.usrhash"
	compare bare "echo $half >bare.usrhash; : >bare.usrhash.p7s"
	compare bare "echo $half >bare.usrhash; : >bare.roothash.p7s"
	compare bare 'mkdir bare.roothash'
	compare bare 'mkdir bare.verity'
	compare bare 'ln -s nowhere bare.roothash'
	compare gpt ': >gpt.verity'
	compare gpt "echo $hash >gpt.roothash"
	compare gpt "echo ${hash^^} >gpt.roothash"
	compare gpt "echo $hash >gpt.usrhash"
	compare gpt "echo $half$half >gpt.roothash"
	compare gpt "echo ${hash:0:32}$half >gpt.roothash"
	compare gpt "echo $half${hash:32} >gpt.roothash"
	compare gpt "echo ${hash:0:32} >gpt.roothash"
	compare gpt "echo $hash >gpt.roothash; : >gpt.roothash.p7s"
}

for arg; do
	case $arg in
	--root=?*) root=$(readlink -f "${arg#*=}") ;;
	--program=?*) program=$(readlink -f "${arg#*=}") ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done
[ -n "$root" ] || die "--root=DIR is missing; see --help"
[ -n "$program" ] || die "--program=FILE is missing; see --help"

work=$(mktemp -d "$root/tmp/dissect.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
inside=${work#"$root"}
cd "$work"
make_base
make_images
run
echo "dissect: $passed passed ($refused refused by both), $failed failed"
[ "$refused" -gt 0 ] || die "systemd-dissect refused nothing"
[ "$refused" -lt "$passed" ] || die "systemd-dissect took nothing"
[ "$failed" -eq 0 ]
