#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs the packages that a group of things needs, where they are missing. The lists
# are the one place that says what the project needs of a distribution.

set -euo pipefail

yes=
groups=()

usage() {
	cat <<-EOF
	Usage: packages.sh [--yes] GROUP...

	Finds which packages are missing and installs them, after a question.

	Groups:
	  build    what compiles sysext-build and sysext-verify, and what they call
	  example  what examples/ssh-initrd makes its base with, and boots it
	  oracle   what test/oracle makes its scratch roots with, and looks into them
	  test     what the tests use besides

	  --yes   install without a question
	  --help  this text

	Knows Debian and Ubuntu (apt), Fedora (dnf) and Arch Linux (pacman).
	EOF
}

die() {
	printf '%s\n' "packages: error: $*" >&2
	exit 1
}

list_apt() {
	case $1 in
	build)
		echo gcc libc6-dev meson ninja-build pkg-config scdoc
		echo libarchive-dev libblkid-dev libbz2-dev libcryptsetup-dev libelf-dev libinih-dev
		echo libjansson-dev liblz4-dev liblzma-dev liblzo2-dev libseccomp-dev
		echo libsquashfs-dev libssl-dev libzstd-dev zlib1g-dev
		echo squashfs-tools
		;;
	example)
		echo debian-archive-keyring debootstrap
		echo cpio openssh-client openssl qemu-system-x86 zstd
		;;
	oracle)
		echo debian-archive-keyring debootstrap dpkg
		echo bzip2 cpio lz4 lzop openssl python3 qemu-system-x86 xz-utils zstd
		;;
	test)
		echo bats clang clang-format libclang-rt-dev libcmocka-dev pmccabe python3
		echo python3-jsonschema shellcheck
		echo binutils btrfs-progs bzip2 cpio cryptsetup-bin dosfstools e2fsprogs erofs-utils
		echo f2fs-tools fdisk git jq lz4 lzop xfsprogs
		echo openssl sbsigntool squashfs-tools systemd-boot-efi xz-utils zstd
		;;
	esac
}

list_dnf() {
	case $1 in
	build)
		echo gcc meson ninja-build pkgconf-pkg-config scdoc
		echo bzip2-devel cryptsetup-devel elfutils-libelf-devel inih-devel jansson-devel
		echo libarchive-devel libblkid-devel libseccomp-devel libzstd-devel lz4-devel
		echo lzo-devel openssl-devel squashfs-tools-ng-devel xz-devel zlib-devel
		echo squashfs-tools
		;;
	example)
		echo debian-keyring debootstrap
		echo cpio openssh-clients openssl qemu-system-x86-core zstd
		;;
	oracle)
		echo debian-keyring debootstrap dpkg
		echo bzip2 cpio lz4 lzop openssl python3 qemu-system-x86-core xz zstd
		;;
	test)
		echo bats clang clang-tools-extra compiler-rt libasan libcmocka-devel libubsan
		echo pmccabe python3 python3-jsonschema ShellCheck
		echo binutils btrfs-progs bzip2 cpio dosfstools e2fsprogs erofs-utils f2fs-tools git
		echo jq lz4 lzop openssl xfsprogs
		echo sbsigntools squashfs-tools systemd-boot-unsigned util-linux util-linux-script
		echo veritysetup xz zstd
		;;
	esac
}

list_pacman() {
	case $1 in
	build)
		echo gcc meson ninja pkgconf scdoc
		echo bzip2 cryptsetup jansson libarchive libelf libinih libseccomp lz4 lzo
		echo openssl squashfs-tools squashfs-tools-ng util-linux-libs xz zlib zstd
		;;
	example)
		echo debian-archive-keyring debootstrap
		echo cpio openssh openssl qemu-system-x86 zstd
		;;
	oracle)
		echo debian-archive-keyring debootstrap dpkg
		echo bzip2 cpio lz4 lzop openssl python qemu-system-x86 xz zstd
		;;
	test)
		echo bash-bats clang cmocka compiler-rt pmccabe python
		echo python-jsonschema shellcheck
		echo binutils btrfs-progs bzip2 cpio cryptsetup dosfstools e2fsprogs erofs-utils f2fs-tools
		echo git jq lz4 lzop openssl xfsprogs
		echo sbsigntools squashfs-tools systemd zstd
		echo util-linux xz
		;;
	esac
}

missing_apt() {
	local package
	for package; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			echo "$package"
	done
}

# By what a package provides, because names change (zlib-devel, for one).
missing_dnf() {
	local package
	for package; do
		rpm -q --quiet --whatprovides "$package" >/dev/null || echo "$package"
	done
}

missing_pacman() {
	pacman -T "$@" || :
}

install_apt() {
	run_as_root apt-get -q update
	run_as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y --no-install-recommends install "$@"
}

install_dnf() {
	run_as_root dnf -y --setopt=install_weak_deps=False install "$@"
}

# "pacman -Sy" on a system in use would be a partial upgrade; a fresh one has no lists yet.
install_pacman() {
	local refresh=
	compgen -G '/var/lib/pacman/sync/*.db' >/dev/null || refresh=y
	run_as_root pacman "-S$refresh" --noconfirm --needed "$@" ||
		die "the packages could not be installed (squashfs-tools-ng and pmccabe are in the AUR)"
}

run_as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

find_manager() {
	local name
	for name in apt-get:apt dnf:dnf pacman:pacman; do
		if command -v "${name%%:*}" >/dev/null; then
			echo "${name#*:}"
			return
		fi
	done
	die "this is neither Debian, Ubuntu, Fedora nor Arch Linux (no apt-get, dnf, pacman);" \
		"the lists in $0 say what is needed"
}

ask() {
	local answer
	[ -z "$yes" ] || return 0
	[ -t 0 ] || die "not installed, because nobody can be asked; --yes installs without a question"
	read -r -p "Install them? [y/N] " answer || answer=
	case $answer in
	y | Y | yes) ;;
	*) die "not installed" ;;
	esac
}

for arg; do
	case $arg in
	--yes) yes=yes ;;
	--help)
		usage
		exit 0
		;;
	build | example | oracle | test) groups+=("$arg") ;;
	*) die "unknown argument '$arg'; see --help" ;;
	esac
done
[ ${#groups[@]} -gt 0 ] || die "no group; see --help"

manager=$(find_manager)
wanted=$(for group in "${groups[@]}"; do "list_$manager" "$group"; done | tr ' ' '\n' | sort -u)
# shellcheck disable=SC2086 # names without blanks
missing=$("missing_$manager" $wanted | tr '\n' ' ')
missing=${missing% }
[ -n "$missing" ] || exit 0

printf '%s\n' "packages: missing for ${groups[*]}: $missing"
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
	die "not root, and there is no sudo: install them as root"
fi
ask
# shellcheck disable=SC2086 # names without blanks
"install_$manager" $missing || die "the packages could not be installed"
