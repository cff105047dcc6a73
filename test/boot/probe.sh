#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs inside the initrd, as a unit that cases.sh adds: merges one case after the other and
# says on the second serial port what happened. report.py reads that. Only what a plain
# dracut initrd has may be used here.

mkdir -p /run/cases
exec 3>/dev/ttyS1

say() {
	printf '%s\n' "$*" >&3
}

say_lines() {
	while IFS= read -r line; do
		say "$1 $line"
	done <"$2"
}

# Appends each regular file below $1 to /run/cases/files. (There may be no find.)
list_files() {
	for entry in "$1"/* "$1"/.[!.]*; do
		if [ -L "$entry" ]; then
			continue
		elif [ -d "$entry" ]; then
			list_files "$entry"
		elif [ -f "$entry" ]; then
			printf '%s\n' "$entry" >>/run/cases/files
		fi
	done
}

# A block that does not match the hash tree shows only when it is read.
read_all() {
	: >/run/cases/files
	list_files /usr
	(
		IFS='
'
		set -f
		# shellcheck disable=SC2046 # one word a line
		LC_ALL=C cat -- $(cat /run/cases/files) >/dev/null 2>/run/cases/unreadable
	)
	say_lines unreadable /run/cases/unreadable
}

# A verity device that is still there would be shared with the next case that has the same
# root hash, whatever its signature. It goes when its last user does; udevd is one, which
# keeps the index of the kernel modules mapped that it found in the merged /usr.
wait_for_devices() {
	tries=50
	udevadm control --reload
	while ls -d /sys/block/dm-* >/dev/null 2>&1; do
		tries=$((tries - 1))
		if [ $tries -eq 0 ]; then
			say "problem a device-mapper device is left"
			return
		fi
		sleep 0.1
	done
}

run_case() {
	where=/.extra/sysext
	[ ! -r "$1/where" ] || read -r where <"$1/where"
	say "case ${1##*/}"
	mkdir -p "$where"
	mount --bind "$1" "$where" || say "problem cannot mount the case"

	SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console SYSTEMD_COLORS=0 \
		systemd-sysext refresh --no-reload --no-pager >/run/cases/log 2>&1
	say "status $?"
	say_lines log /run/cases/log
	say "merged $(systemd-sysext status --json=short --no-pager 2>/dev/null)"
	if [ -r "$1/run" ]; then
		sh "$1/run" >/run/cases/log 2>&1
		say "ran $?"
		say_lines log /run/cases/log
	fi
	read_all
	systemd-sysext unmerge --no-reload --no-pager >/run/cases/log 2>&1 || {
		say "problem cannot unmerge"
		say_lines problem /run/cases/log
	}
	umount "$where"
	wait_for_devices
	say "end"
}

for case in /cases/*/; do
	run_case "${case%/}"
done
say "done"
exec 3>&-
systemctl poweroff --force --force
