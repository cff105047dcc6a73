# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A kernel and an initrd in QEMU: sourced by boot.sh and by test/boot. Nothing here needs
# root or KVM, and the guest reaches nothing but its own end of a forwarded port.

vm_pid=
vm_memory=1024

# vm_pack TREE FILE: a newc archive, as systemd-stub and the kernel's initrd format have it.
vm_pack() {
	local tree=$1 file
	file=$(realpath "$2")
	(cd "$tree" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 >"$file")
}

# vm_join OUT FILE...: initrds one after the other; each must begin at a multiple of 4.
vm_join() {
	local out=$1
	shift
	: >"$out"
	for file; do
		cat -- "$file" >>"$out"
		truncate -s %4 "$out"
	done
}

# vm_add_extensions TREE FILE...: what systemd-stub makes of the files in *.efi.extra.d.
vm_add_extensions() {
	local dir=$1/.extra/sysext
	shift
	mkdir -p "$dir"
	for file; do
		[ ! -e "$dir/$(basename "$file")" ] || {
			echo "two extensions are named '$(basename "$file")'" >&2
			return 1
		}
		install -m 0444 "$file" "$dir/"
	done
	chmod 0555 "$dir" "$dir/.."
}

vm_free_port() {
	local port
	for _ in {1..50}; do
		port=$((20000 + RANDOM % 40000))
		if ! (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null; then
			printf '%s' "$port"
			return
		fi
	done
	return 1
}

# vm_start KERNEL INITRD DIR COMMAND-LINE [QEMU-ARGUMENT...]: sets vm_pid. DIR gets
# "console" (first serial port) and "report" (second). The mask keeps the guest in its
# initrd, with nothing changed there: initrd-parse-etc.service starts the way to the root.
vm_start() {
	local kernel=$1 initrd=$2 dir=$3 append=$4
	shift 4
	: >"$dir/console"
	: >"$dir/report"
	qemu-system-x86_64 -M q35 -cpu max -smp 2 -m "$vm_memory" -accel tcg,thread=multi \
		-nodefaults -display none -no-reboot \
		-kernel "$kernel" -initrd "$initrd" \
		-append "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check \
cryptomgr.notests random.trust_cpu=on audit=0 rd.shell=0 rd.emergency=halt \
SYSTEMD_COLORS=0 TERM=dumb rd.systemd.mask=initrd-parse-etc.service $append" \
		-serial "file:$dir/console" -serial "file:$dir/report" \
		"$@" </dev/null >"$dir/qemu" 2>&1 &
	vm_pid=$!
}

vm_running() {
	[ -n "$vm_pid" ] && kill -0 "$vm_pid" 2>/dev/null
}

# vm_wait SECONDS: until QEMU has ended by itself.
vm_wait() {
	local end=$((SECONDS + $1))
	while vm_running; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

vm_stop() {
	[ -n "$vm_pid" ] || return 0
	kill "$vm_pid" 2>/dev/null || :
	vm_wait 5 || kill -9 "$vm_pid" 2>/dev/null || :
	wait "$vm_pid" 2>/dev/null || :
	vm_pid=
}

# vm_show DIR: the end of what QEMU and the guest said.
vm_show() {
	local file
	for file in qemu console; do
		[ -s "$1/$file" ] || continue
		echo "--- last lines of the $file:"
		tail -n 30 "$1/$file" | tr -d '\r' | tr -c '[:print:]\n\t' '?'
	done
}
