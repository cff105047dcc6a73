# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the tests in this folder share; each sources it and is run by test/run.sh as
#
#   NAME.sh --root=DIR --build=DIR --quick
#
# with a scratch root that make-roots.sh has made, and a finished build with -Dtests=true.
# --quick leaves out what takes longer than a test run may; not every test has that. Its
# last line is "NAME: N passed, N failed". Each comparison is a test.

oracle=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=../../examples/scratch-root.sh
. "$oracle/../../examples/scratch-root.sh"

n_passed=0
n_failed=0

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s\n' "$oracle_name: error: $*" >&2
	exit 1
}

pass() {
	say "ok $1"
	n_passed=$((n_passed + 1))
}

fail() {
	say "not ok $*"
	n_failed=$((n_failed + 1))
}

# Sets root, build, list_tree, release (of the kernel), suite; and work, a fresh folder
# within the root that commands in the root see as $inside.
oracle_begin() {
	oracle_name=$(basename "$0" .sh)
	root=
	build=
	for arg; do
		case $arg in
		--root=?*) root=${arg#*=} ;;
		--build=?*) build=${arg#*=} ;;
		--quick) ;;
		--help)
			usage
			exit 0
			;;
		*) die "unknown argument '$arg'; see --help" ;;
		esac
	done
	if [ -z "$root" ] || [ -z "$build" ]; then
		die "--root=DIR or --build=DIR is missing; see --help"
	fi
	[ "$(id -u)" -eq 0 ] || die "must be run as root, to keep owners and device nodes"
	root=$(cd "$root" && pwd -P)
	list_tree=$(cd "$build" && pwd -P)/test/list-tree
	[ -x "$list_tree" ] || die "there is no '$list_tree': build with -Dtests=true"
	# shellcheck disable=SC2034 # for whoever sources this
	release=$(scratch_kernel "$root")
	# shellcheck disable=SC1091,SC2031 # of the scratch root
	suite=$(. "$root/etc/os-release" && printf '%s' "$VERSION_CODENAME")
	inside=/var/tmp/oracle-$oracle_name
	work=$root$inside
	remove_tree "$work"
	mkdir -p "$work"
	trap 'remove_tree "$work"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

oracle_end() {
	say "$oracle_name ($suite): $n_passed passed, $n_failed failed"
	[ "$n_failed" -eq 0 ]
}

# compare NAME OURS THEIRS [OPTION-OF-compare.py...]: two listings.
compare() {
	local name=$1 ours=$2 theirs=$3
	shift 3
	if "$oracle/compare.py" --name="$name ($suite)" "$@" "$ours" "$theirs"; then
		n_passed=$((n_passed + 1))
	else
		n_failed=$((n_failed + 1))
	fi
}

# list_ours INPUT OUT [LAYER-OR-OPTION-OF-list-tree...]: what it says besides goes to
# OUT.log.
list_ours() {
	local input=$1 out=$2
	shift 2
	"$list_tree" "$input" "$@" >"$out" 2>"$out.log" || cat "$out.log"
}

# must_differ NAME OURS THEIRS COLUMN [OPTION-OF-compare.py...]: a comparison that could not fail would prove nothing.
must_differ() {
	local name=$1 ours=$2 theirs=$3 column=$4
	shift 4
	if "$oracle/compare.py" --name="$name" "$@" "$ours" "$theirs" >"$work/log"; then
		fail "$name ($suite): not seen"
	elif grep -q ": $column: " "$work/log"; then
		pass "$name ($suite): seen"
	else
		cat "$work/log"
		fail "$name ($suite): expected a difference of $column"
	fi
}

# try NAME COMMAND...: a step before a comparison, in the scratch root; its failure counts.
try() {
	local name=$1
	shift
	in_root "$root" "$@" >"$work/log" 2>&1 && return
	tail -n 5 "$work/log"
	fail "$name ($suite): '$1' failed"
	return 1
}
