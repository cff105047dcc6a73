# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Makes what the cases are made of: a small initrd's tree and an extension's tree that fit,
# real ELF files, key pairs. Nothing of this project is used for it.

# A library that defines the version BASE_1, or another, and a program that needs it.
make_library() {
	local soname=$1 version=$2 out=$3

	echo "int base(void); int base(void) { return 0; }" >library.c
	echo "$version { global: base; local: *; };" >library.map
	cc -nostdlib -shared -fPIC -Wl,--build-id=none "-Wl,-soname,$soname" \
		-Wl,--version-script=library.map -o "$out" library.c
}

make_program() {
	local library=$1 out=$2

	echo "int base(void); void _start(void); void _start(void) { base(); }" >program.c
	cc -nostdlib -nostartfiles -fno-stack-protector -Wl,--build-id=none \
		-Wl,--dynamic-linker,/usr/lib/ld-test.so.1 -o "$out" program.c "$library"
}

make_key() {
	local name=$1 serial=$2

	openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=$name" -set_serial "$serial" \
		-days 3650 -keyout "$name.key" -out "$name.crt" 2>/dev/null
}

make_elf() {
	make_library libbase.so.1 BASE_1 libbase.so.1
	make_library libbase.so.1 OTHER_1 libbase-other.so.1
	make_library ld-test.so.1 LD_1 ld-test.so.1
	make_library libnew.so.1 NEW_1 libnew.so.1
	make_library libsystemd-shared-257.so SD_1 libsystemd-shared.so
	make_library libcryptsetup.so.12 CRYPTSETUP_2.0 libcryptsetup.so.12
	make_program ./libbase.so.1 program
	make_program ./libnew.so.1 program-new
	rm -f library.c library.map program.c
}

make_base() {
	local base=$1 system=$1/usr/lib/systemd/system

	mkdir -p "$base"/{etc/systemd/system/sysinit.target.wants,usr/bin,usr/sbin} "$system" \
		"$base"/usr/lib/{verity.d,modules/6.1-test}
	for name in bin sbin lib; do
		ln -s "usr/$name" "$base/$name"
	done
	install -m 755 program "$base/usr/lib/systemd/systemd"
	install -m 755 program "$base/usr/bin/systemd-sysext"
	install -m 755 program "$base/usr/bin/base-tool"
	install -m 755 program "$base/usr/sbin/modprobe"
	install -m 644 libsystemd-shared.so "$base/usr/lib/systemd/libsystemd-shared-257.so"
	install -m 755 libbase.so.1 ld-test.so.1 libcryptsetup.so.12 "$base/usr/lib/"
	printf '%s\n' ID=test VERSION_ID=1 >"$base/usr/lib/os-release"
	ln -s ../usr/lib/os-release "$base/etc/os-release"
	ln -s os-release "$base/etc/initrd-release"
	printf '%s\n' '[Service]' 'ExecStart=/usr/bin/systemd-sysext refresh' \
		>"$system/systemd-sysext.service"
	ln -s /usr/lib/systemd/system/systemd-sysext.service \
		"$base/etc/systemd/system/sysinit.target.wants/"
	printf '%s\n' '[Unit]' 'Requires=basic.target' >"$system/initrd.target"
	printf '%s\n' '[Unit]' 'Requires=sysinit.target' >"$system/basic.target"
	printf '%s\n' '[Unit]' 'Wants=local-fs.target' >"$system/sysinit.target"
	printf '%s\n' '[Unit]' >"$system/local-fs.target"
	printf 'kernel/%s.ko\n' loop overlay squashfs dm-mod dm-verity \
		>"$base/usr/lib/modules/6.1-test/modules.builtin"
	: >"$base/usr/lib/modules/6.1-test/modules.dep"
	cp trusted.crt "$base/usr/lib/verity.d/"
}

make_extension() {
	local tree=$1 system=$1/usr/lib/systemd/system

	mkdir -p "$tree"/usr/{bin,lib/extension-release.d} "$system/basic.target.upholds"
	install -m 755 program "$tree/usr/bin/hello"
	printf '%s\n' '[Service]' 'ExecStart=/usr/bin/hello' >"$system/hello.service"
	ln -s ../hello.service "$system/basic.target.upholds/"
	printf '%s\n' ID=test VERSION_ID=1 SYSEXT_SCOPE=initrd EXTENSION_RELOAD_MANAGER=1 \
		>"$tree/usr/lib/extension-release.d/extension-release.hello"
}

make_fixtures() {
	umask 022
	make_key trusted 1
	make_key other 2
	make_elf
	make_base base
	make_extension tree
}
