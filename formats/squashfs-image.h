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
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
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
	sqfs_dir_reader_t *directories;
	sqfs_id_table_t *ids;
	sqfs_frag_table_t *fragments;
	sqfs_xattr_reader_t *xattrs; /* NULL: the image has none */
};

/* Reads superblock and tables. -EBADMSG, -EOPNOTSUPP, -ENOMEM, errors of the source. */
int squashfs_image_open(struct source *source, struct squashfs_image **ret,
			struct error *error);
struct squashfs_image *squashfs_image_ref(struct squashfs_image *image);
void squashfs_image_unref(struct squashfs_image *image);
DEFINE_CLEANUP(struct squashfs_image *, squashfs_image_unref);

/* An errno and words for what libsquashfs returned (@code < 0) while it read "@what". */
int squashfs_error(const struct squashfs_image *image, int code, const char *what,
		   struct error *error);

/* The contents of a file; takes over @inode on success only. NULL: memory. */
struct source *squashfs_content(struct squashfs_image *image,
				sqfs_inode_generic_t *inode);
