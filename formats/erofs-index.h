/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The index of a compressed file: its entries (erofs-index.c), of which erofs-cluster.c
 * makes extents; nobody else includes it.
 *
 * A file is cut into logical clusters of one size, each with an entry in the index that
 * stands behind the inode. An entry is the head of an extent, which begins somewhere in
 * its logical cluster and goes on up to the next head, or it says how far back the head
 * is. The bytes of an extent come from one physical cluster, which is a number of blocks.
 */

#include "formats/erofs-image.h"

#define EROFS_INDEX_HEADER        8 /* bytes */

/* What the header advises. */
#define EROFS_ADVISE_SMALL        0x01 /* entries of 2 bytes, in compact indexes */
#define EROFS_ADVISE_BIG1         0x02 /* physical clusters of several blocks, algorithm 1 */
#define EROFS_ADVISE_BIG2         0x04
#define EROFS_ADVISE_INLINE       0x08 /* the last physical cluster stands behind the index */
#define EROFS_ADVISE_INTERLACED   0x10
#define EROFS_ADVISE_FRAGMENT     0x20 /* the last extent is in the packed inode */
#define EROFS_ADVISE_READ         0x3f

/* The same bits of an index that would be full: records, and their size. */
#define EROFS_ADVISE_RECORDS      0x01
#define EROFS_RECORD_SIZE(advise) (4U << ((advise) >> 1 & 3)) /* bytes */

/* Z_EROFS_PCLUSTER_MAX_SIZE and Z_EROFS_PCLUSTER_MAX_DSIZE of Linux, in bytes. */
#define EROFS_MAX_STORED          (UINT64_C(1) << 20)
#define EROFS_MAX_EXTENT          (UINT64_C(12) << 20)

enum erofs_kind {
	EROFS_KIND_PLAIN,
	EROFS_KIND_HEAD1,
	EROFS_KIND_DISTANT, /* its head is before it */
	EROFS_KIND_HEAD2,
};

/* An entry of the index. */
struct erofs_entry {
	uint64_t number;
	enum erofs_kind kind;
	unsigned start;    /* of the extent, bytes in the cluster; for heads */
	uint32_t block;    /* the physical cluster's first; for heads */
	unsigned n_blocks; /* of it, in the entry behind a head; 0: not said */
	unsigned back;     /* to the head or nearer to it; for distant ones */
	bool partial;      /* for heads */
	uint64_t next_at;  /* where the index goes on, bytes */
};

/* Where the header of an index is, bytes. */
uint64_t erofs_index_at(const struct erofs_inode *inode);

/* The entry of a logical cluster. -EBADMSG, -EOPNOTSUPP, errors of the source. */
int erofs_read_entry(const struct erofs_image *image, const struct erofs_inode *inode,
		     const struct erofs_index *index, uint64_t number,
		     struct erofs_entry *ret, struct error *error);

/* Sets how @extent is compressed; @at is to blame. -EBADMSG, -EOPNOTSUPP. */
int erofs_set_algorithm(const struct erofs_image *image, unsigned algorithm, uint64_t at,
			struct erofs_extent *extent, struct error *error);

/* Where the records of extents begin, bytes. */
uint64_t erofs_records_at(const struct erofs_inode *inode,
			  const struct erofs_index *index);

/* erofs_map_cluster() of an index with records. */
int erofs_map_record(const struct erofs_image *image, const struct erofs_inode *inode,
		     struct erofs_index *index, uint64_t offset, struct erofs_extent *ret,
		     struct error *error);

/* -EBADMSG: the logical cluster @what. */
int erofs_bad_entry(const struct erofs_entry *entry, const char *what,
		    struct error *error);
