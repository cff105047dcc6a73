/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An opened squashfs file system: libsquashfs' tables, reading through our own source.
 * What squashfs.c (the walk) and squashfs-image.c (tables and contents) share; nobody
 * else includes it.
 */

#include <sqfs/block.h>
#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/meta_reader.h>
#include <sqfs/super.h>
#include <sqfs/xattr.h>
#include <sqfs/xattr_reader.h>

#include "formats/squashfs.h"

/* libsquashfs reads through this; its destroy function does nothing, the image owns it.
 */
struct squashfs_file {
	sqfs_file_t base;
	struct source *source;
	struct error error; /* of the last failed read */
};

/* Counted: each content source keeps its image. */
struct squashfs_image {
	unsigned n_refs;
	struct squashfs_file file;
	sqfs_super_t super;
	sqfs_compressor_t *compressor;
	sqfs_data_reader_t *data;
	sqfs_meta_reader_t *inodes;
	sqfs_meta_reader_t *directories;
	sqfs_id_table_t *ids;
	sqfs_frag_table_t *fragments;

	sqfs_xattr_reader_t *xattrs;    /* NULL: the image has none */
	sqfs_meta_reader_t *attributes; /* keys and values */
	uint64_t attributes_start;      /* of their table, bytes */
	bool attributes_ended;          /* no key follows the last value */

	/* What was read so far, in bytes: a file that has many names is read for each. */
	uint64_t blocks_size, attributes_size;
};

/* Decompresses lzo, borrowed; NULL if the library cannot work on this machine. */
sqfs_compressor_t *squashfs_lzo(void);

/* Reads superblock and tables. -EBADMSG, -EOPNOTSUPP, -ENOMEM, errors of the source. */
int squashfs_image_open(struct source *source, struct squashfs_image **ret,
			struct error *error);
struct squashfs_image *squashfs_image_ref(struct squashfs_image *image);
void squashfs_image_unref(struct squashfs_image *image);
DEFINE_CLEANUP(struct squashfs_image *, squashfs_image_unref);

/* An errno and words for what libsquashfs returned (@code < 0) while it read "@what". */
int squashfs_error(const struct squashfs_image *image, int code, const char *what,
		   struct error *error);

/*
 * The inode at @reference as a directory has it; @ret is for sqfs_free(). -EBADMSG,
 * -E2BIG over LIMIT_IMAGE_BLOCK_LISTS; -ENOMEM.
 */
int squashfs_inode_read(struct squashfs_image *image, uint64_t reference,
			sqfs_inode_generic_t **ret, struct error *error);

/* Finds the table of extended attributes, if there is one. */
int squashfs_xattrs_open(struct squashfs_image *image, struct error *error);

/* Sets @entry's attributes, for squashfs_xattrs_free() also after an error. */
int squashfs_xattrs_read(struct squashfs_image *image, const sqfs_inode_generic_t *inode,
			 struct entry *entry, struct error *error);
void squashfs_xattrs_free(struct entry *entry);

/* The contents of a file; takes over @inode on success only. NULL: memory. */
struct source *squashfs_content(struct squashfs_image *image,
				sqfs_inode_generic_t *inode);
