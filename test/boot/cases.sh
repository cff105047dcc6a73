#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What does systemd-sysext of a real, booted initrd make of many sets of extensions? One
# boot for all of them.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=../../examples/ssh-initrd/vm.sh
. "$here/../../examples/ssh-initrd/vm.sh"

work=
cases=
out=
timeout=600

usage() {
	cat <<-EOF
	Usage: cases.sh --work=DIR --cases=CASEDIR --out=FILE [--timeout=SECONDS]

	Boots DIR/vmlinuz and DIR/initrd in QEMU (without KVM). For each folder of
	CASEDIR, puts its *.raw files into /.extra/sysext (or into the directory that
	its file "where" names), runs "systemd-sysext refresh", then the script that its
	file "run" is, if there is one, and reads every file of the merged /usr.

	FILE gets one JSON object a line, one line a case:
	  name        the folder
	  status      exit status of "systemd-sysext refresh"
	  merged      names of the extensions that were merged
	  ran         exit status of "run", or null
	  unreadable  files that gave an error when they were read
	  problems    what went wrong in the case itself; empty otherwise
	  log         what systemd-sysext said at debug level

	  --work=DIR         what examples/ssh-initrd/make-base.sh made
	  --initrd=FILE      another initrd (default: DIR/initrd)
	  --timeout=SECONDS  for the whole boot (default: $timeout)
	  --help             this text

	Exit status: 0 if every case was run, whatever came of it; 1 otherwise.
	EOF
}

die() {
	printf '%s\n' "cases: error: $*" >&2
	exit 1
}

initrd=
for arg; do
	case $arg in
	--work=?*) work=${arg#*=} ;;
	--initrd=?*) initrd=${arg#*=} ;;
	--cases=?*) cases=${arg#*=} ;;
	--out=?*) out=${arg#*=} ;;
	--timeout=?*) timeout=${arg#*=} ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done
for option in work cases out; do
	[ -n "${!option}" ] || die "--$option= is missing; see --help"
done
case $timeout in
*[!0-9]*) die "--timeout= must be a number of seconds, not '$timeout'" ;;
esac
initrd=${initrd:-$work/initrd}
for file in "$work/vmlinuz" "$initrd"; do
	[ -r "$file" ] || die "cannot read '$file'"
done
[ -n "$(find "$cases" -mindepth 1 -maxdepth 1 -type d -print -quit)" ] ||
	die "no folder in '$cases'"
for tool in qemu-system-x86_64 cpio python3; do
	command -v "$tool" >/dev/null ||
		die "'$tool' is missing: run examples/packages.sh example test"
done

dir=$(mktemp -d)
trap 'vm_stop; rm -rf -- "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

units=$dir/add/etc/systemd/system
mkdir -p "$units/initrd.target.wants" "$dir/add/cases"
cp -RL --sparse=always -- "$cases"/*/ "$dir/add/cases/"
install -m 0755 "$here/probe.sh" "$dir/add/cases.sh"
cat >"$units/cases.service" <<'EOF'
[Unit]
DefaultDependencies=no
# Services that start meanwhile would take the mounts of a case into their namespaces.
After=initrd.target systemd-networkd.service

[Service]
Type=oneshot
ExecStart=/bin/sh /cases.sh
EOF
ln -s ../cases.service "$units/initrd.target.wants/"
vm_pack "$dir/add" "$dir/add.cpio"
vm_join "$dir/initrd" "$initrd" "$dir/add.cpio"

# The cases are in memory, in a tmpfs that gets half of it, and once more while unpacked.
vm_memory=$((1024 + 4 * $(stat -c %s "$dir/add.cpio") / 1048576))
vm_start "$work/vmlinuz" "$dir/initrd" "$dir" "systemd.journald.forward_to_console=1"
vm_wait "$timeout" || late=yes
vm_stop

python3 "$here/report.py" "$dir/report" >"$dir/out" || {
	vm_show "$dir" >&2
	cat "$dir/out" >&2
	die "only $(wc -l <"$dir/out") cases were run${late:+ within $timeout s}"
}
mv -- "$dir/out" "$out"
