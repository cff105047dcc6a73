#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the compressed images of the corpus `erofs`: one tree, packed in each way that
# mkfs.erofs knows. Needs one of erofs-utils 1.9, whose bytes the files are: --root=DIR uses
# that of another root directory (as root).
set -euo pipefail
export LC_ALL=C TZ=UTC

here=$(cd "$(dirname "$0")" && pwd)
root=
case ${1-} in
--root=*) root=${1#*=} ;;
'') ;;
*)
	echo "usage: erofs.sh [--root=DIR]" >&2
	exit 2
	;;
esac
work=$(mktemp -d "$root/tmp/corpus.XXXXXX")
inside=${work#"$root"}
trap 'rm -rf "$work"' EXIT

tree() {
	python3 - "$work/tree" <<'END'
import os, random, sys
top = sys.argv[1]
rng = random.Random(1)
words = [bytes(rng.choice(b"abcdefgh") for _ in range(rng.randrange(2, 9))) for _ in range(300)]
def text(size):
    out = b""
    while len(out) < size:
        out += rng.choice(words) + b" "
    return out[:size]
os.makedirs(top + "/dir")
long = text(9500)
noise = rng.randbytes(2200)
for name, data in {
    "long": long, "like-long": long[:7000] + b"another end", "noise": noise,
    "mixed": text(3000) + noise + text(2500), "zeros": bytes(9000), "empty": b"",
    "dir/one": text(70), "dir/two": text(900), "dir/three": text(70),
}.items():
    with open(f"{top}/{name}", "wb") as file:
        file.write(data)
os.symlink("../long", top + "/dir/link")
os.link(top + "/long", top + "/hard-link")
os.mkfifo(top + "/fifo")
for path, folders, files in os.walk(top):
    for name in folders + files + ["."]:
        os.utime(os.path.join(path, name), (1700000000,) * 2, follow_symlinks=False)
END
}

# NAME OPTION...
image() {
	local name=$1

	shift
	${root:+chroot "$root"} mkfs.erofs --quiet --all-root -T 1700000000 \
		-U 01234567-89ab-cdef-0123-456789abcdef "$@" "$inside/image" "$inside/tree"
	mv "$work/image" "$here/erofs/good-z-$name"
}

tree
image none
image lz4 -zlz4hc
image lz4-full -zlz4hc -Elegacy-compress
image lz4-big -zlz4hc -C8192
image lz4-big-full -zlz4hc -C8192 -Elegacy-compress
image lz4-inline -zlz4hc -Eztailpacking
image lz4-inline-full -zlz4hc -Eztailpacking,legacy-compress
image lz4-1k -zlz4hc -b1024
image lzma -zlzma,level=9
image deflate -zdeflate,9
image zstd -zzstd,level=19
image zstd-big -zzstd,level=19 -C16384
image fragments -zlz4hc -Efragments
image fragments-full -zdeflate -C8192 -Efragments,legacy-compress
image all-fragments -zzstd -C16384 -Eall-fragments
image dedupe -zlz4hc -Ededupe
image all -zlzma -C8192 -Eall-fragments,dedupe,ztailpacking
image directories -zlz4hc --zD=1
image 48bit -zzstd -C8192 -E48bit
image 48bit-fragments -zlz4hc -C8192 -E48bit,all-fragments,dedupe
image 48bit-short -zdeflate -C8192 -E48bit --max-extent-bytes=4096
image 48bit-chunks --chunksize=4096 -E48bit,force-chunk-indexes
image no-dots -zlz4hc -Edot-omitted
image metabox -zlz4hc -m4096
image metabox-inline -zzstd -m8192 -C8192 -Eztailpacking --zD=1
