# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Debian scratch roots, and steps that are made once: sourced by ssh-initrd/make-base.sh and
# by the tests. Whoever sources it has say(), die(), and sets "work", the folder in which
# the steps leave their results, and "mirror", a URL or nothing.

work=${work-}
mirror=${mirror-}

# The mirror that this machine already uses is reachable and near; debootstrap's default
# may be neither.
find_mirror() {
	local id=
	# shellcheck disable=SC1091 # of this machine
	[ -r /etc/os-release ] && id=$(. /etc/os-release && printf '%s' "${ID-}")
	[ "$id" = debian ] && command -v apt-get >/dev/null || return 0
	# shellcheck disable=SC2016 # apt expands it
	apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
		awk '$2 == "main" && $1 ~ /^https?:/ && $1 ~ /\/debian\/?$/ { print $1; exit }'
}

# Runs a command in a mount namespace of its own, so that no mount outlives it, whatever
# ends it. In a chroot the root directory is no mount point and cannot be made private;
# there the mounts are taken away again by hand. A bare chroot may even have no /proc,
# without which debootstrap and umount fail.
with_mounts() {
	local tree=$1 propagation=private
	shift
	unshare --mount --propagation private true 2>/dev/null || propagation=unchanged
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation "$propagation" sh -c '
		set -e
		tree=$1
		proc=
		shift
		trap "exit 129" HUP; trap "exit 130" INT; trap "exit 143" TERM
		trap "umount -l \"\$tree\" \$proc" EXIT
		if [ ! -e /proc/self ]; then
			mount -t proc proc /proc
			proc=/proc
		fi
		mount --bind "$tree" "$tree"
		mount --make-private "$tree"
		[ ! -d "$tree/proc" ] || mount -t proc proc "$tree/proc"
		"$@"' sh "$tree" "$@"
}

# in_root ROOT COMMAND...: with nothing of this machine's environment but the proxy.
in_root() {
	local tree=$1
	shift
	with_mounts "$tree" chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} "$@"
}

# at_root ROOT COMMAND...: the same, but the root is the root of a mount namespace, with
# /dev and /sys: for programs that change mounts themselves, which a chroot does not let
# them do.
at_root() {
	local tree=$1
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private sh -c '
		set -e
		cd "$1"
		shift
		mount --bind . .
		cd "$PWD"
		mount -t proc proc proc
		mount --rbind /sys sys
		mount --rbind /dev dev
		pivot_root . mnt
		umount -l mnt
		exec chroot . "$@"' sh "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C ${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} "$@"
}

remove_tree() {
	# Never follow a mount that a killed run may have left behind.
	[ ! -e "$1" ] || rm -rf --one-file-system -- "$1"
}

# scratch_debootstrap SUITE ROOT: the smallest root. debootstrap of an older Debian knows no
# newer suite by its name, but all are made like sid.
scratch_debootstrap() {
	local name=$1 tree=$2 url=${mirror:-$(find_mirror)} include='' script=''
	local scripts=/usr/share/debootstrap/scripts
	case $url in
	https:*) include=--include=ca-certificates ;;
	esac
	if [ ! -e "$scripts/$name" ]; then
		script=$scripts/sid
		url=${url:-http://deb.debian.org/debian}
	fi
	remove_tree "$tree"
	mkdir -p "$tree"
	with_mounts "$tree" debootstrap --variant=minbase ${include:+"$include"} \
		"$name" "$tree" ${url:+"$url"} ${script:+"$script"}
}

# scratch_install ROOT PACKAGE...
scratch_install() {
	local tree=$1
	shift
	cat >"$tree/etc/dpkg/dpkg.cfg.d/scratch" <<-'END'
	force-unsafe-io
	path-exclude=/usr/share/doc/*
	path-exclude=/usr/share/info/*
	path-exclude=/usr/share/locale/*
	path-exclude=/usr/share/man/*
	END
	# Nothing that is installed into the scratch root may be started on this machine.
	printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
	chmod 0755 "$tree/usr/sbin/policy-rc.d"
	in_root "$tree" dpkg --configure -a
	in_root "$tree" apt-get -q -y --no-install-recommends install "$@"
}

# scratch_kernel ROOT: the release of its only kernel.
scratch_kernel() {
	local dir found=
	for dir in "$1"/usr/lib/modules/*/; do
		[ -z "$found" ] || die "more than one kernel in $1/usr/lib/modules"
		found=$(basename "$dir")
	done
	printf '%s' "$found"
}

recipe=
steps_passed=()

# step NAME TEXT FILE...: runs step_NAME, unless that is done. A stamp holds the digest of
# all recipes up to its own; the files are what the step must have made in "work". What
# else a recipe depends on is in "step_inputs".
step_inputs=
step() {
	local name=$1 text=$2 stamp=$work/.stamps/$1 log=$work/$1.log started=$SECONDS
	local file status missing=
	shift 2
	# shellcheck disable=SC2046 # names of functions
	recipe=$({
		printf '%s\n' "$recipe" "$step_inputs"
		declare -f $(compgen -A function "step_$name") $(compgen -A function scratch_)
	} | sha256sum | cut -d' ' -f1)
	for file; do
		[ -e "$work/$file" ] || missing=yes
	done
	steps_passed+=("$name")
	if [ -z "$missing" ] && [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$recipe" ]; then
		say "$text: already made"
		return
	fi

	say "$text ..."
	forget_from_here
	# Not as a condition: "set -e" would be off within the step.
	set +e
	(set -e; "step_$name") >"$log" 2>&1
	status=$?
	set -e
	if [ "$status" -ne 0 ]; then
		tail -n 25 "$log" >&2
		die "$text failed; the whole log is $log"
	fi
	printf '%s\n' "$recipe" >"$stamp.new"
	mv -- "$stamp.new" "$stamp"
	say "$text: $((SECONDS - started)) s"
}

# What a later step made from the old result of this one is not valid any more.
forget_from_here() {
	local stamp name keep last=${steps_passed[-1]}
	for stamp in "$work"/.stamps/*; do
		keep=
		for name in "${steps_passed[@]}"; do
			[ "$(basename "$stamp")" != "$name" ] || [ "$name" = "$last" ] || keep=yes
		done
		[ -n "$keep" ] || rm -f -- "$stamp"
	done
}

# Makes the folder, and lets one run at a time work in it.
lock_work() {
	umask 022
	mkdir -p "$work/.stamps"
	work=$(cd "$work" && pwd -P)
	exec 9>"$work/.lock"
	flock -n 9 || die "another run works in $work"
}
