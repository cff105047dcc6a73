# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the tests of the command line share: a small base, a donor and a manifest, made once a
# file, and each test in a folder of its own. BUILD is the build folder with the programs.

verify=$BUILD/sysext-verify/sysext-verify
build=$BUILD/sysext-build/sysext-build
cases=$BATS_TEST_DIRNAME/../cases

make_site() {
	local site=$1

	# shellcheck source=../cases/fixtures.sh
	. "$cases/fixtures.sh"
	mkdir "$site"
	cd "$site" || return 1
	make_fixtures
	(cd base && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) | gzip -n1 >initrd
	mkdir -p donor/usr/bin donor/usr/lib/systemd/system donor/usr/share/doc
	cp program-new donor/usr/bin/hello
	cp program donor/usr/bin/base-tool
	cp libnew.so.1 libbase.so.1 ld-test.so.1 donor/usr/lib/
	printf '%s\n' '[Unit]' Description=hello '[Service]' ExecStart=/usr/bin/hello \
		>donor/usr/lib/systemd/system/hello.service
	printf '%s\n' '[Extension]' Name=hello '[Content]' Files=/usr/bin/hello \
		Files=/usr/lib/systemd/system/hello.service \
		'[Activation]' Start=hello.service >hello.conf
}

setup_file() {
	make_site "$BATS_FILE_TMPDIR/site"
}

setup() {
	cp -R "$BATS_FILE_TMPDIR/site/." "$BATS_TEST_TMPDIR/"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# Builds hello.raw, with more options.
run_build() {
	run "$build" hello.conf --base=initrd --root=donor --private-key=trusted.key \
		--certificate=trusted.crt --output=out/hello.raw "$@"
}

# A failed run says one line that has all these words, and leaves nothing.
expect_error() {
	[ "$status" -eq 2 ] || {
		echo "status $status: $output"
		return 1
	}
	[ "$(wc -l <<<"$output")" -eq 1 ] || {
		echo "more than one line: $output"
		return 1
	}
	for word; do
		[[ $output == *"$word"* ]] || {
			echo "'$word' is not in: $output"
			return 1
		}
	done
}

expect_nothing_left() {
	[ -z "$(ls -A out)" ] || {
		ls -lA out
		return 1
	}
}
