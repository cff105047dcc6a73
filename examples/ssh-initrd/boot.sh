#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Boots a kernel and an initrd with extensions, logs in over ssh, runs a command there.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=vm.sh
. "$here/vm.sh"

work=
kernel=
initrd=
timeout=180
extensions=()
command='hostname; cat /etc/initrd-release; systemd-sysext status --no-pager'

usage() {
	cat <<-EOF
	Usage: boot.sh --work=DIR [OPTION...] [-- COMMAND...]

	Boots DIR/vmlinuz and DIR/initrd in QEMU (without KVM), with the extensions
	where systemd-stub puts them, /.extra/sysext. Logs in as root with a key that
	was made for this boot and is passed as a credential, runs COMMAND inside the
	initrd, prints what it says, and powers the machine off.

	  --work=DIR        what make-base.sh made
	  --kernel=FILE     kernel (default: DIR/vmlinuz)
	  --initrd=FILE     initrd (default: DIR/initrd)
	  --extension=FILE  extension image, may be repeated (default: DIR/sshd.raw)
	  --timeout=SECONDS how long to wait for the login (default: $timeout)
	  --help            this text

	The exit status is that of COMMAND, or 1 if there was no login.
	EOF
}

say() {
	printf '%s\n' "boot: $*"
}

die() {
	printf '%s\n' "boot: error: $*" >&2
	exit 1
}

fail() {
	vm_stop
	vm_show "$dir" >&2
	die "$*"
}

read_arguments() {
	while [ $# -gt 0 ]; do
		case $1 in
		--work=?*) work=${1#*=} ;;
		--kernel=?*) kernel=${1#*=} ;;
		--initrd=?*) initrd=${1#*=} ;;
		--extension=?*) extensions+=("${1#*=}") ;;
		--timeout=?*) timeout=${1#*=} ;;
		--help)
			usage
			exit 0
			;;
		--)
			shift
			[ $# -gt 0 ] || die "no command after '--'"
			command=$*
			return
			;;
		*) die "unknown argument '$1'; see --help" ;;
		esac
		shift
	done
}

# The boot fails early when another program took the port between choice and use.
start() {
	local try log credential
	log="systemd.journald.forward_to_console=1 systemd.journald.max_level_console=notice"
	credential=io.systemd.credential.binary:ssh.authorized_keys.root=
	credential+=$(base64 -w0 "$dir/key.pub")
	for try in {1..5}; do
		port=$(vm_free_port) || die "no free port on 127.0.0.1"
		vm_start "$kernel" "$dir/initrd" "$dir" "$log" -smbios "type=11,value=$credential" \
			-netdev "user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" \
			-device virtio-net-pci,netdev=n0,romfile=
		sleep 1
		vm_running && return
		grep -q 'host forwarding' "$dir/qemu" || break
	done
	fail "QEMU ended at once (try $try)"
}

login() {
	timeout 60 ssh -F none -p "$port" -i "$dir/key" -o IdentitiesOnly=yes -o IdentityAgent=none \
		-o BatchMode=yes -o ConnectTimeout=10 -o LogLevel=ERROR \
		-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="$dir/known_hosts" \
		root@127.0.0.1 "$@" </dev/null
}

wait_for_login() {
	local end=$((SECONDS + timeout))
	until login true 2>"$dir/ssh"; do
		vm_running || fail "the machine stopped before the login: $(tail -n 1 "$dir/ssh")"
		[ "$SECONDS" -lt "$end" ] ||
			fail "no login within $timeout s: $(tail -n 1 "$dir/ssh")"
		sleep 1
	done
}

read_arguments "$@"
if [ -z "$work" ] && { [ -z "$kernel" ] || [ -z "$initrd" ] || [ ${#extensions[@]} -eq 0 ]; }; then
	die "--work=DIR is missing; see --help"
fi
case $timeout in
*[!0-9]*) die "--timeout= must be a number of seconds, not '$timeout'" ;;
esac
kernel=${kernel:-$work/vmlinuz}
initrd=${initrd:-$work/initrd}
[ ${#extensions[@]} -gt 0 ] || extensions=("$work/sshd.raw")
for file in "$kernel" "$initrd" "${extensions[@]}"; do
	[ -r "$file" ] || die "cannot read '$file'"
done
for tool in qemu-system-x86_64 cpio ssh ssh-keygen; do
	command -v "$tool" >/dev/null || die "'$tool' is missing: run examples/packages.sh example"
done

dir=$(mktemp -d)
trap 'vm_stop; chmod -R u+w "$dir"; rm -rf -- "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

ssh-keygen -q -t ed25519 -N '' -C boot.sh -f "$dir/key"
mkdir "$dir/add"
vm_add_extensions "$dir/add" "${extensions[@]}"
vm_pack "$dir/add" "$dir/add.cpio"
vm_join "$dir/initrd" "$initrd" "$dir/add.cpio"

say "starting $kernel, $initrd and ${#extensions[@]} extension(s)"
start
started=$SECONDS
wait_for_login
say "logged in after $((SECONDS - started)) s; running: $command"
status=0
login "$command" || status=$?
# The connection ends with the machine, so its result says nothing.
login systemctl poweroff >/dev/null 2>&1 || :
vm_wait 30 || say "the machine did not power itself off; stopping it"
if [ "$status" -ne 0 ]; then
	say "error: the command failed with status $status" >&2
	exit "$status"
fi
