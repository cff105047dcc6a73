#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The stock initrd of the distribution has no systemd-sysext: an extension that is there,
# and perfectly good, is not looked at. Shown by a real boot.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=../../examples/ssh-initrd/vm.sh
. "$here/../../examples/ssh-initrd/vm.sh"

work=
timeout=180
extension=

usage() {
	cat <<-EOF
	Usage: stock.sh --work=DIR [--extension=FILE] [--timeout=SECONDS]

	Boots DIR/vmlinuz and DIR/initrd-stock in QEMU (without KVM) with the extension
	(default: DIR/sshd.raw) where systemd-stub puts it, and prints what was found.
	Exit status: 0 if the extension was there and nothing was merged; 1 otherwise.
	EOF
}

die() {
	printf '%s\n' "stock: error: $*" >&2
	exit 1
}

for arg; do
	case $arg in
	--work=?*) work=${arg#*=} ;;
	--extension=?*) extension=${arg#*=} ;;
	--timeout=?*) timeout=${arg#*=} ;;
	--help)
		usage
		exit 0
		;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done
[ -n "$work" ] || die "--work=DIR is missing; see --help"
case $timeout in
*[!0-9]*) die "--timeout= must be a number of seconds, not '$timeout'" ;;
esac
extension=${extension:-$work/sshd.raw}
for file in "$work/vmlinuz" "$work/initrd-stock" "$extension"; do
	[ -r "$file" ] || die "cannot read '$file'"
done
for tool in qemu-system-x86_64 cpio; do
	command -v "$tool" >/dev/null || die "'$tool' is missing: run examples/packages.sh example"
done

dir=$(mktemp -d)
trap 'vm_stop; chmod -R u+w "$dir"; rm -rf -- "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# dracut's own services wait for a root disk that never comes; the probe is before them.
units=$dir/add/etc/systemd/system
mkdir -p "$units/sysinit.target.wants"
ln -s ../probe.service "$units/sysinit.target.wants/"
cat >"$units/probe.service" <<'EOF'
[Unit]
DefaultDependencies=no
After=local-fs.target systemd-tmpfiles-setup.service
After=systemd-sysext.service systemd-sysext-initrd.service
Before=dracut-cmdline.service

[Service]
Type=oneshot
ExecStart=/bin/sh /probe.sh
EOF
cat >"$dir/add/probe.sh" <<'EOF'
exec >/dev/ttyS1
while IFS= read -r line; do
	case $line in ID=* | VERSION_ID=*) echo "os-release $line" ;; esac
done </etc/os-release
for file in /.extra/sysext/*.raw; do
	[ ! -f "$file" ] || echo "extension $file"
done
program=$(command -v systemd-sysext) || program=none
echo "systemd-sysext ${program:-none}"
for unit in systemd-sysext.service systemd-sysext-initrd.service; do
	echo "$unit $(systemctl show --property=LoadState --value "$unit")"
done
if [ -d /usr/.systemd-sysext ]; then echo "merged yes"; else echo "merged no"; fi
if [ -e /usr/sbin/sshd ]; then echo "sshd yes"; else echo "sshd no"; fi
echo done
exec >/dev/null
systemctl poweroff --force --force
EOF
vm_add_extensions "$dir/add" "$extension"
vm_pack "$dir/add" "$dir/add.cpio"
vm_join "$dir/initrd" "$work/initrd-stock" "$dir/add.cpio"

vm_start "$work/vmlinuz" "$dir/initrd" "$dir" "systemd.journald.forward_to_console=1"
vm_wait "$timeout" || :
vm_stop

tr -d '\r' <"$dir/report" >"$dir/facts"
if ! grep -qx "done" "$dir/facts"; then
	vm_show "$dir" >&2
	die "the initrd did not report within $timeout s"
fi
sed '/^done$/d' "$dir/facts"
for fact in "extension /.extra/sysext/$(basename "$extension")" \
	"systemd-sysext none" "merged no"; do
	grep -qxF "$fact" "$dir/facts" || die "expected '$fact'"
done
