/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An EROFS file system, read from any source.
 *
 * Specification: Documentation/filesystems/erofs.rst, fs/erofs/erofs_fs.h, zmap.c and
 * decompressor*.c of Linux 6.12 to 6.18; lib/ of erofs-utils 1.9.
 * Read: compact and extended inodes, extended attributes (inline, shared, with long
 * prefixes), blocks of 512 bytes to 64 KiB; contents that are plain, inline, in chunks,
 * or compressed with lz4, lzma (MicroLZMA), deflate or zstd under full and compact
 * indexes, with clusters of up to 1 MiB, inline ones, fragments and clusters that several
 * files share; numbers of blocks with 48 bits and records of extents (Linux 6.15); tables
 * in a metabox (Linux 6.17). Not read (-EOPNOTSUPP): further devices, features newer than
 * Linux 6.18.
 */

#include "formats/entry.h"

#define EROFS_SUPERBLOCK_AT   1024 /* bytes */
#define EROFS_SUPERBLOCK_SIZE 128  /* bytes, without extension slots */

/* Whether @head (all from byte 1024 on, 4 bytes at least) is an EROFS superblock. */
bool erofs_probe(struct span head);

enum erofs_algorithm {
	EROFS_LZ4,
	EROFS_LZMA, /* MicroLZMA */
	EROFS_DEFLATE,
	EROFS_ZSTD,
	EROFS_N_ALGORITHMS,
};

struct erofs_info {
	/* Of the file system, in bytes; the rest of the source is padding. */
	uint64_t bytes_used;
	uint64_t n_inodes;   /* as the superblock says; Linux does not look at it */
	uint32_t block_size; /* bytes */
	int64_t modified;    /* seconds since 1970 */
	/*
	 * Bits of 1 << enum erofs_algorithm: what the superblock announces. A Linux
	 * without one of them refuses the mount (z_erofs_parse_cfgs(), 6.12: EOPNOTSUPP),
	 * whether a file is compressed with it or not. Superblocks that announce nothing
	 * mean lz4, and are mounted in any case.
	 */
	unsigned algorithms;
	bool announces; /* whether the superblock does */
	/* The first version of Linux that mounts it ("6.15"), and what for. */
	const char *needs_linux, *needs_for;
};

/* As Linux and mkfs.erofs call it. */
const char *erofs_algorithm_name(enum erofs_algorithm algorithm);

/* The option of Linux' configuration without which this algorithm is refused. */
const char *erofs_algorithm_option(enum erofs_algorithm algorithm);

/*
 * -EBADMSG with the offset of the field; -EOPNOTSUPP for features that are not read here.
 */
int erofs_read_info(const struct source *source, struct erofs_info *ret,
		    struct error *error);

/*
 * Gives all entries, the root first, each directory before what it holds, sorted by name.
 * Contents are read when they are asked for, from the given source, and may be kept; of
 * compressed ones the last cluster that was decompressed is kept in memory. Reading them
 * is not thread-safe. -EBADMSG, -E2BIG, -EOPNOTSUPP.
 */
int erofs_read(struct source *source, const struct entry_visitor *visitor,
	       struct erofs_info *ret, struct error *error);

/*
 * Whether the contents can be read: all of their extents are known and in the image.
 * Nothing is decompressed. @content came with an entry of erofs_read(). -EOPNOTSUPP for
 * an unknown way to compress; -EBADMSG; -E2BIG over LIMIT_IMAGE_EXTENTS; -EINVAL for
 * another kind of source.
 */
int erofs_content_check(const struct source *content, struct error *error);

/*
 * For a damaged image: where the bytes of one file lie. Calls @range for each extent, in
 * bytes of the image, until it returns something else than 0, which is passed on. Of a
 * compressed file that is each cluster as a whole, and each cluster of the packed inode
 * that holds its fragment: several files may share it. -EINVAL for another kind of
 * source; -EBADMSG for extents that cannot be found; -E2BIG over LIMIT_IMAGE_EXTENTS;
 * -EOPNOTSUPP for an unknown way to compress.
 */
int erofs_content_extents(const struct source *content,
			  int (*range)(void *context, uint64_t offset, uint64_t size),
			  void *context, struct error *error);

/*
 * For a damaged image: where the tables lie, which are spread over all of it: superblock,
 * inodes, extended attributes, directories, link targets, indexes of compressed files. An
 * extent may be given several
 * times. With @mount only those that Linux reads when it mounts (fs/erofs/super.c,
 * erofs_fc_fill_super(), 6.12). Result as that of erofs_content_extents().
 */
int erofs_table_extents(struct source *source, bool mount,
			int (*range)(void *context, uint64_t offset, uint64_t size),
			void *context, struct error *error);
