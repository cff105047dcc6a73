#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compares our readers of kernels and of modules with what the distribution says of them:
# symbols, checksums, namespaces and GPL flags with Module.symvers; what modules say of
# themselves with modinfo; what they need with nm and modprobe; certificates with openssl,
# and the signature of a module with them.
#
#   test/oracle/kernel.sh --build=DIR --root=DIR... [--quick]
#
# --build  where meson built the project, with -Dtests=true
# --root   a root directory with a kernel, its modules and the Module.symvers of its
#          headers, as test/oracle/make-roots.sh makes it; needs to be root
# --quick  needed symbols of each hundredth module only
#
# Prints a line for each difference and "N passed, N failed, N skipped" at the end.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
build='' roots=() step=10
for argument; do
	case $argument in
	--build=*) build=$(cd "${argument#*=}" && pwd) ;;
	--root=*) roots+=("$(cd "${argument#*=}" && pwd)") ;;
	--quick) step=100 ;;
	*)
		echo "kernel.sh: unknown argument: $argument" >&2
		exit 2
		;;
	esac
done
[ -x "$build/test/list-kernel" ] || {
	echo "kernel.sh: --build=DIR: there is no DIR/test/list-kernel" >&2
	exit 2
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0
root='' release='' modules='' symvers=''

# NAME OURS THEIRS: files with the same lines, and at least one
compare() {
	if [ -s "$3" ] && diff "$3" "$2" >"$work/difference"; then
		echo "ok $1: $(wc -l <"$3") lines"
		passed=$((passed + 1))
	else
		head -n 10 "$work/difference"
		echo "not ok $1: $(wc -l <"$2") lines, expected $(wc -l <"$3")"
		failed=$((failed + 1))
	fi
}

kernel() {
	"$build/test/list-kernel" "$@"
}

module() {
	"$build/test/list-module" "$1" "$modules"
}

# NAME KERNEL
compare_symbols() {
	kernel symbols "$2" >"$work/ours" || :
	sort -o "$work/ours" "$work/ours"
	compare "$1: symbols of the kernel" "$work/ours" "$work/symvers"
}

compare_kernel() {
	local image=$1 form
	awk -F'\t' '$3 == "vmlinux"' "$symvers" | sort >"$work/symvers"
	compare_symbols "$release" "$image"
	echo "$release" >"$work/theirs"
	kernel release "$image" >"$work/ours"
	compare "$release: release" "$work/ours" "$work/theirs"
	kernel banner "$image" >"$work/ours"
	compare "$release: banner" "$work/ours" "$work/theirs"
	kernel certificates "$image" | cut -d' ' -f1 | sort >"$work/ours"
	kernel image "$image" >"$work/image"
	"$here/kernel.py" certificates "$work/image" >"$work/theirs"
	compare "$release: certificates" "$work/ours" "$work/theirs"
	mkdir -p "$work/forms"
	"$here/kernel.py" repack "$image" "$work/image" "$work/forms"
	for form in "$work"/forms/*; do
		compare_symbols "$release ${form##*/}" "$form"
	done
	rm -r "$work/forms"
}

# Fields that modinfo shows as they are; it makes "parm" and what it says of signatures.
compare_fields() {
	local fields='(vermagic|depends|name|alias|firmware|softdep|import_ns|license|version)'
	module fields <"$work/list" | grep -E "^[^:]*: $fields=" | sort >"$work/ours"
	sed "s,^,/usr/lib/modules/$release/," "$work/list" |
		chroot "$root" xargs /usr/sbin/modinfo | "$here/kernel.py" modinfo |
		grep -E "^[^:]*: $fields=" | sort >"$work/theirs"
	compare "$release: fields of modules" "$work/ours" "$work/theirs"
	module fields <"$work/list" | grep -E ': faults=' | sed 's/:.*=/ /' >"$work/ours"
	sed 's/$/ 0/' "$work/list" >"$work/theirs"
	compare "$release: faults of modules" "$work/ours" "$work/theirs"
}

# The path of the module below $modules, without compression
unpack() {
	case $1 in
	*.xz) xz -dc "$modules/$1" ;;
	*.zst) zstd -dqc "$modules/$1" ;;
	*) cat "$modules/$1" ;;
	esac >"$work/module.ko"
}

compare_needs() {
	local path
	awk -v "step=$step" 'NR % step == 1' "$work/list" >"$work/some"
	: >"$work/theirs"
	: >"$work/sums"
	while read -r path; do
		unpack "$path"
		nm -u "$work/module.ko" |
			sed -E "s,^ *w (.*),\\1 weak,; s,^ *U ,,; s,^,$path: ," >>"$work/theirs"
		chroot "$root" /usr/sbin/modprobe --dump-modversions \
			"/usr/lib/modules/$release/$path" 2>/dev/null |
			sed "s,\t, ,; s,^,$path: ," >>"$work/sums" || :
	done <"$work/some"
	sort -o "$work/theirs" "$work/theirs"
	module needed <"$work/some" >"$work/all"
	grep -v ' module_layout$' "$work/all" | sed -E 's/: [^ ]+ /: /' | sort >"$work/ours"
	compare "$release: symbols that modules need" "$work/ours" "$work/theirs"
	sort -o "$work/sums" "$work/sums"
	grep ': 0x' "$work/all" | sort >"$work/ours" || :
	if grep -qv '^0x00000000' "$symvers"; then
		compare "$release: checksums that modules need" "$work/ours" "$work/sums"
	else
		# Built without CONFIG_MODVERSIONS: one line for what has to be none.
		echo none >"$work/theirs"
		[ -s "$work/ours" ] || [ -s "$work/sums" ] || echo none >"$work/ours"
		compare "$release: no checksums that modules need" "$work/ours" "$work/theirs"
	fi
}

# The kernel's own key made the signature that we find behind the module.
compare_signature() {
	local path size image=$1
	path=$(grep /dm-verity.ko "$work/list")
	unpack "$path"
	module signature <<<"$path" >"$work/signature"
	size=$(stat -c %s "$work/signature")
	# Behind it 12 bytes say what it is, and 28 that it is there.
	head -c "-$((size + 40))" "$work/module.ko" >"$work/signed"
	kernel der "$image" >"$work/der"
	openssl x509 -inform DER -in "$work/der" -out "$work/pem"
	echo "Verification successful" >"$work/theirs"
	openssl cms -verify -binary -inform DER -in "$work/signature" -content "$work/signed" \
		-certfile "$work/pem" -nointern -noverify -out /dev/null 2>&1 |
		sed 's/^CMS //' >"$work/ours" || :
	compare "$release: signature of dm-verity" "$work/ours" "$work/theirs"
}

compare_modules() {
	(cd "$modules" && find kernel -name '*.ko*' | sort) >"$work/list"
	awk -F'\t' '$3 != "vmlinux"' "$symvers" | sort >"$work/theirs"
	module exported <"$work/list" | sort >"$work/ours"
	compare "$release: symbols of modules" "$work/ours" "$work/theirs"
	compare_fields
	compare_needs
}

for root in "${roots[@]}"; do
	for modules in "$root"/usr/lib/modules/*; do
		release=${modules##*/}
		symvers=$root/usr/src/linux-headers-$release/Module.symvers
		if [ ! -e "$symvers" ]; then
			echo "skip $release: there is no Module.symvers"
			skipped=$((skipped + 1))
			continue
		fi
		compare_kernel "$root/boot/vmlinuz-$release"
		compare_modules
		compare_signature "$root/boot/vmlinuz-$release"
	done
done
[ "$passed" -gt 0 ] || failed=$((failed + 1))
echo "kernel: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
