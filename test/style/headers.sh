#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each header can be included alone. The flags are those of a build folder: headers.sh BUILD

set -euo pipefail

build=$1
flags=$(python3 -c '
import json, shlex, sys
for entry in json.load(open(sys.argv[1] + "/compile_commands.json")):
    if entry["file"].endswith("sysext-build/build.c"):
        words = shlex.split(entry["command"])
        print(" ".join(word for word in words if word.startswith(("-I/", "-D", "-std"))))
        break
' "$build")
[ -n "$flags" ] || {
	echo "headers: no flags in $build/compile_commands.json" >&2
	exit 1
}
n=0
failed=0
while IFS= read -r header; do
	n=$((n + 1))
	# shellcheck disable=SC2086 # words
	cc -fsyntax-only -Wall -x c -I. $flags -include "$header" /dev/null ||
		failed=$((failed + 1))
done < <(git ls-files 'formats/*.h' 'sysext-*/*.h')
echo "headers: $n alone, $failed failed"
[ "$n" -gt 0 ] && [ "$failed" -eq 0 ]
