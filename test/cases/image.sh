# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2001,SC2034,SC2086
#
# Makes an image by the tools that others use: mksquashfs, mkfs.erofs,
# veritysetup, openssl, sfdisk.

type_root=4f68bce3-e8cd-4db1-96e7-fbcaf984b709
type_root_verity=2c7357ed-ebd2-46d9-aec1-23d437ec2bf5
type_root_signature=41092b05-9fc8-4523-994f-2def0408b176
type_usr=8484680c-9521-48c6-9c11-b0720656f69e
type_usr_verity=77ff5f63-e7b6-4633-acf4-1565b864c0e6
type_usr_signature=e7bb33fb-06cf-4e81-8273-e543b413e2e2

# Nothing is compressed, so that the places of things do not depend on a compressor's version.
make_squashfs() {
	rm -f data
	mksquashfs "$1" data -noappend -quiet -no-progress -all-root -mkfs-time 0 -all-time 0 \
		${squashfs_options--noI -noD -noF -noX} >/dev/null
	truncate -s %4096 data
}

# The same in an erofs; "${@:2}" are options of mkfs.erofs.
make_erofs() {
	rm -f data
	mkfs.erofs --quiet -T 0 -U 11111111-2222-3333-4444-555555555555 --all-root \
		-Eforce-inode-extended "${@:2}" data "$1" >/dev/null
	truncate -s %4096 data
}

make_hash_tree() {
	rm -f hash
	veritysetup format data hash --salt="$(printf '%064d' 7)" \
		--uuid=11111111-2222-3333-4444-555555555555 ${verity_options:-} |
		sed -n 's/^Root hash:[[:space:]]*//p' >root-hash
	truncate -s %4096 hash
}

# Signs what root-hash says with the key pair $1.
make_signature() {
	local key=$1

	tr -d '\n' <root-hash >signed
	openssl smime -sign -in signed -inkey "$key.key" -signer "$key.crt" -noattr -binary \
		-nocerts -outform der ${sign_options:-} >signature.der
	printf '{"rootHash":"%s","certificateFingerprint":"%s","signature":"%s"}' \
		"$(cat signed)" \
		"$(openssl x509 -in "$key.crt" -outform der | sha256sum | cut -d ' ' -f 1)" \
		"$(base64 -w 0 signature.der)" >signature
	truncate -s 16384 signature
}

uuid_of() {
	sed 's/\(.\{8\}\)\(.\{4\}\)\(.\{4\}\)\(.\{4\}\)/\1-\2-\3-\4-/' <<<"$1"
}

# Writes a GPT with the partitions "FILE TYPE UUID [FIELD]" of standard input.
assemble() {
	local out=$1 at=2048 size file type uuid more table=

	table="label: gpt"$'\n'"label-id: 99999999-8888-7777-6666-555555555555"$'\n'
	rm -f "$out"
	truncate -s 1M "$out"
	while read -r file type uuid more; do
		size=$(($(stat -c %s "$file") / 512))
		table+="start=$at, size=$size, type=$type, uuid=$uuid${more:+, $more}"$'\n'
		dd if="$file" of="$out" bs=512 seek="$at" conv=notrunc status=none
		at=$(((at + size + 7) / 8 * 8))
	done
	truncate -s $(((at + 33) * 512)) "$out"
	sfdisk --no-tell-kernel --quiet "$out" <<<"$table"
}

make_image() {
	local out=$1 root_hash

	case ${image:-signed} in
	bare)
		cp data "$out"
		return
		;;
	plain)
		assemble "$out" <<<"data $type_root 00000000-0000-4000-8000-000000000001"
		return
		;;
	esac
	root_hash=$(cat root-hash)
	{
		echo "data ${data_type:-$type_root} ${data_uuid:-$(uuid_of "${root_hash:0:32}")}" \
			"${data_more:-}"
		echo "hash ${hash_type:-$type_root_verity} $(uuid_of "${root_hash:32}")"
		[ "${image:-signed}" = verity ] ||
			echo "signature ${signature_type:-$type_root_signature}" \
				00000000-0000-4000-8000-000000000003
	} | assemble "$out"
}

# Makes the UKI $1 of sections NAME=FILE, behind those of systemd's stub.
make_uki() {
	local out=$1 stub size address part end=0 options=()

	shift
	stub=$(compgen -G '/usr/lib/systemd/boot/efi/linux*.efi.stub' | head -n 1) || {
		echo "there is no stub of systemd-boot"
		return 1
	}
	while read -r _ _ size address _; do
		[ $((16#$address + 16#$size)) -le "$end" ] || end=$((16#$address + 16#$size))
	done < <(objdump -h "$stub" | grep -E '^ *[0-9]+ ')
	for part; do
		end=$(((end + 4095) / 4096 * 4096))
		options+=(--add-section "$part"
			--change-section-vma "${part%%=*}=$(printf '0x%x' "$end")")
		end=$((end + $(stat -c %s "${part#*=}")))
	done
	objcopy "${options[@]}" "$stub" "$out"
}

# Makes the image $2 of a kernel of release $1: the header of a bzImage, and no kernel.
make_kernel() {
	local release=$1 out=$2 size

	head -c 1040 /dev/zero >"$out"
	echo payload | gzip -n >>"$out"
	size=$(($(stat -c %s "$out") - 1040))
	put() { printf '%b' "$2" | dd of="$out" bs=1 seek=$(($1)) conv=notrunc status=none; }
	put 0x1f1 '\x01'
	put 0x1fe '\x55\xaa'
	put 0x202 'HdrS\x0f\x02'
	put 0x20e '\x00\x01'
	put 0x236 '\x01'
	put 0x248 '\x10'
	put 0x24c "$(printf '\\x%02x' "$size")"
	put 0x300 "$release (me@here) #1 SMP"
}

# In the section table of $1 the name $2 becomes $3: objcopy makes no two of one name.
rename_section() {
	local at

	at=$(head -c 8192 "$1" | place_of /dev/stdin "$2")
	printf '%s\0\0\0\0\0\0\0\0' "$3" | head -c 8 |
		dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

# The byte at $2 of $1 becomes another.
change_byte() {
	local old

	old=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059 # the format is the byte, in octal
	printf "\\$(printf %03o $((255 - old)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# Where the bytes of the string $2 are in $1.
place_of() {
	grep -abo -m 1 -- "$2" "$1" | head -n 1 | cut -d : -f 1
}
