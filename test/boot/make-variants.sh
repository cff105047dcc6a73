#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes folders for cases.sh: an extension in each that is wrong in one way, beside one that is
# good. What becomes of the good one tells "ignored" from "aborts all".
# shellcheck disable=SC2034 # image.sh looks at the variables

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=../cases/image.sh
. "$here/../cases/image.sh"

usage() {
	cat <<-EOF
	Usage: make-variants.sh --work=DIR --out=DIR

	Makes the variants of WORK/sshd.raw and of a small extension in OUT, signed with
	the keys of WORK.
	EOF
}

work=
out=
for arg; do
	case $arg in
	--work=?*) work=$(readlink -f "${arg#*=}") ;;
	--out=?*) out=$(readlink -m "${arg#*=}") ;;
	--help)
		usage
		exit 0
		;;
	*)
		echo "make-variants: error: unknown argument '$arg'; see --help" >&2
		exit 1
		;;
	esac
done

dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT
mkdir -p "$out"
cd "$dir"
cp "$work"/{verity,other}.{key,crt} .

release_file=small/usr/lib/extension-release.d/extension-release.probe

fresh_small() {
	rm -rf small
	mkdir -p small/usr/lib/{extension-release.d,probe}
	printf '%s\n' ID=debian VERSION_ID=13 SYSEXT_SCOPE=initrd >"$release_file"
	echo hello >small/usr/lib/probe/hello
	seq 40000 >small/usr/lib/probe/numbers
}

# Variables that image.sh looks at.
defaults() {
	key=verity
	image=signed
	name=probe.raw
	unset data_type data_uuid data_more hash_type signature_type verity_options
	squashfs_options=
}

write_image() {
	make_squashfs "$1"
	make_hash_tree
	make_signature "$key"
	make_image "$2"
}

variant() {
	folder=$out/$1
	mkdir -p "$folder"
	cp companion.raw "$folder/"
	defaults
	fresh_small
}

done_small() {
	write_image small "$folder/$name"
}

defaults
fresh_small
mv "$release_file" small/usr/lib/extension-release.d/extension-release.companion
mv small/usr/lib/probe small/usr/lib/companion
write_image small companion.raw

variant good
done_small

variant no-scope
sed -i /SYSEXT_SCOPE/d "$release_file"
done_small

variant version-id
sed -i s/VERSION_ID=13/VERSION_ID=12/ "$release_file"
done_small

variant architecture
echo ARCHITECTURE=x86_64 >>"$release_file"
done_small

variant id
sed -i s/ID=debian/ID=fedora/ "$release_file"
done_small

variant without-version-id
sed -i /VERSION_ID/d "$release_file"
done_small

variant any-id
printf '%s\n' ID=_any SYSEXT_SCOPE=initrd >"$release_file"
done_small

variant empty-release
: >"$release_file"
done_small

variant comment-behind-value
sed -i 's/^ID=debian/ID=debian # mine/' "$release_file"
done_small

variant nul-in-release
printf 'X=\0\n' >>"$release_file"
done_small

variant release-of-another-name
mv "$release_file" small/usr/lib/extension-release.d/extension-release.wrong
done_small

variant os-release-inside
echo ID=debian >small/usr/lib/os-release
done_small

variant untrusted
key=other
done_small

variant flipped-byte-of-file
done_small
change_byte "$folder/probe.raw" $((2048 * 512 + 20000))

variant flipped-byte-of-release
squashfs_options='-noI -noD -noF -noX'
done_small
change_byte "$folder/probe.raw" "$(place_of "$folder/probe.raw" SYSEXT_SCOPE)"

variant flipped-byte-of-superblock
done_small
change_byte "$folder/probe.raw" $((2048 * 512 + 8))

variant flipped-byte-of-hash-tree
squashfs_options='-noI -noD -noF -noX'
done_small
hash_at=$((2048 * 512 + $(stat -c %s data)))
change_byte "$folder/probe.raw" $((hash_at + 4096 + 5))

variant bare-in-esp
image=bare
done_small

variant bare-in-initrd
image=bare
echo /etc/extensions >"$folder/where"
done_small

variant without-signature
image=verity
done_small

variant colon-in-name
mv "$release_file" small/usr/lib/extension-release.d/extension-release.pro:be
name=pro:be.raw
done_small

variant second-suffix
name=probe.img.raw
done_small

variant second-suffix-in-release
name=probe.img.raw
mv "$release_file" small/usr/lib/extension-release.d/extension-release.probe.img
done_small

variant version-in-name
name=probe_1.2.raw
done_small

variant own-class-in-name
name=probe.sysext.raw
done_small

variant two-fallbacks
name=probe_1.raw
rm "$release_file"
done_small

variant upper-case
name=probe.RAW
done_small

variant empty-file
: >"$folder/probe.raw"

variant random-bytes
head -c 100000 "$work/vmlinuz" | tail -c 50000 >"$folder/probe.raw"

variant cut-in-half
done_small
truncate -s $(($(stat -c %s "$folder/probe.raw") / 2)) "$folder/probe.raw"

variant os-release-dangling
ln -s nowhere small/usr/lib/os-release
done_small

variant usr-not-directory
mv small/usr small/lib
echo x >small/usr
done_small

# The real one: its data partition begins where assemble() of the builder puts it.
start=$(sfdisk --json "$work/sshd.raw" | python3 -c '
import json, sys
print(json.load(sys.stdin)["partitiontable"]["partitions"][0]["start"])')
unsquashfs -quiet -no-progress -o $((start * 512)) -d sshd "$work/sshd.raw" >/dev/null

# Where in the data one byte of the real one is changed; half of them in places where libblkid looks.
flip_sshd() {
	variant "$1"
	cp "$work/sshd.raw" "$folder/sshd.raw"
	change_byte "$folder/sshd.raw" $((start * 512 + $2))
}
data_size=$(sfdisk --json "$work/sshd.raw" | python3 -c '
import json, sys
print(512 * json.load(sys.stdin)["partitiontable"]["partitions"][0]["size"])')
variant flipped-in-the-middle
cp "$work/sshd.raw" "$folder/sshd.raw"
change_byte "$folder/sshd.raw" $(($(stat -c %s "$work/sshd.raw") / 2))
flip_sshd flipped-at-80k 82000
flip_sshd flipped-at-128k 131073
flip_sshd flipped-at-400k 400000
flip_sshd flipped-at-1m 1048580
flip_sshd flipped-at-1200k 1200000
flip_sshd flipped-near-end $((data_size - 486912))
flip_sshd flipped-before-end $((data_size - 440000))
flip_sshd flipped-in-last-block $((data_size - 3000))

variant library-missing
name=sshd.raw
cp -R sshd incomplete
rm -f incomplete/usr/lib/x86_64-linux-gnu/libwrap.so.0*
write_image incomplete "$folder/$name"
# Without its configuration the program says so; with a library missing it cannot even do that.
echo '/usr/lib/openssh/sshd-session -V || [ $? -ne 127 ]' >"$folder/run"

# The same, with the link in .wants instead of .upholds.
variant wants-only
rm -rf wants
cp -R sshd wants
mv wants/usr/lib/systemd/system/basic.target.{upholds,wants}
write_image wants "$folder/sshd.raw"

variant complete
cp "$work/sshd.raw" "$folder/sshd.raw"
echo '/usr/lib/openssh/sshd-session -V || [ $? -ne 127 ]' >"$folder/run"
