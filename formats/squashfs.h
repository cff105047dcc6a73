/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A squashfs 4.0 file system, read through libsquashfs from any source.
 *
 * Specification: Documentation/filesystems/squashfs.rst of Linux; the on-disk format of
 * squashfs-tools-ng (doc/format.adoc).
 * Read: every inode type, extended attributes, fragments, the compressors that
 * libsquashfs was built with. Refused: other versions, inode counts that do not agree
 * with the tree.
 */

#include "formats/entry.h"

#define SQUASHFS_SUPERBLOCK_SIZE 96 /* bytes */

/* Whether @head (the first 4 bytes at least) is a squashfs superblock in little endian.
 */
bool squashfs_probe(struct span head);

struct squashfs_info {
	/* Of the file system, in bytes; the rest of the source is padding. */
	uint64_t bytes_used;
	/* Offset of the inode table: from there on, no file's contents. */
	uint64_t tables_at;
	/*
	 * Offset of the first index (of owners, fragments, ...): Linux reads all from
	 * there on when it mounts (fs/squashfs/super.c, 6.12), and the block of metadata
	 * with the root inode.
	 */
	uint64_t indexes_at;
	uint64_t root_inode_at;
	uint32_t n_inodes;
	uint32_t block_size;    /* bytes */
	const char *compressor; /* "gzip", "lzo", "lz4", "xz", "zstd", "lzma" */
	int64_t modified;       /* seconds since 1970 */
};

/*
 * -EBADMSG with the offset of the field; -EOPNOTSUPP for a compressor that is not built
 * in.
 */
int squashfs_read_info(const struct source *source, struct squashfs_info *ret,
		       struct error *error);

/*
 * Gives all entries, the root first, each directory before what it holds, sorted by name.
 * Contents are read when they are asked for, from the given source, and may be kept: they
 * hold the file system open. Reading contents is not thread-safe. -EBADMSG, -E2BIG,
 * -EOPNOTSUPP.
 */
int squashfs_read(struct source *source, const struct entry_visitor *visitor,
		  struct squashfs_info *ret, struct error *error);

/*
 * For a damaged image: where the bytes of one file lie. @content came with an entry of
 * squashfs_read(). Calls @range for each extent, in bytes of the image, that the data of
 * the file occupies (data blocks and its fragment block), until it returns something else
 * than 0, which is passed on. -EINVAL for another kind of source; -EBADMSG for a fragment
 * that does not exist.
 */
int squashfs_content_extents(const struct source *content,
			     int (*range)(void *context, uint64_t offset, uint64_t size),
			     void *context, struct error *error);
