/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An opened EROFS: what the walk (erofs.c), the superblock and the inodes
 * (erofs-image.c), the contents (erofs-data.c), those of compressed files
 * (erofs-index.c, erofs-cluster.c, erofs-decompress.c, erofs-cache.c) and the extended
 * attributes (erofs-xattr.c) share; nobody else includes it.
 */

#include "formats/erofs.h"

#define EROFS_ZERO_PADDING   UINT32_C(0x01)
#define EROFS_COMPRESSION    UINT32_C(0x02) /* a list of algorithms, big clusters */
#define EROFS_CHUNKED_FILE   UINT32_C(0x04)
#define EROFS_DEVICE_TABLE   UINT32_C(0x08) /* or a second algorithm in a file */
#define EROFS_TAIL_PACKING   UINT32_C(0x10) /* compressed */
#define EROFS_FRAGMENTS      UINT32_C(0x20) /* and deduplication, compressed */
#define EROFS_XATTR_PREFIXES UINT32_C(0x40)
#define EROFS_48BIT          UINT32_C(0x80) /* numbers of blocks, records of extents */
#define EROFS_METABOX        UINT32_C(0x100)

enum erofs_layout {
	EROFS_PLAIN,
	EROFS_COMPRESSED_FULL,
	EROFS_INLINE, /* the last block stands behind the inode */
	EROFS_COMPRESSED_COMPACT,
	EROFS_CHUNKED,
};

struct erofs_super {
	struct erofs_info info;
	unsigned block_bits;
	uint32_t features;             /* incompatible ones */
	uint64_t meta_at, xattrs_at;   /* bytes */
	uint64_t root_nid, packed_nid; /* 0: there is no packed inode */
	uint64_t metabox_nid;          /* 0: there is none */
	bool shared_boxed;             /* shared extended attributes are in the metabox */
	bool prefixes_plain;           /* prefixes are in neither of these inodes */
	uint64_t prefixes_at;          /* bytes, in the image or one of the inodes */
	unsigned n_prefixes;
	uint32_t lzma_dictionary;  /* bytes */
	unsigned zstd_window_bits; /* of a size in bytes */
};

/* The start of an extended attribute's name that many attributes share. */
struct erofs_prefix {
	uint8_t base; /* index of the namespace */
	uint8_t size; /* bytes of text */
	char text[255];
};

typedef int (*erofs_range_t)(void *context, uint64_t offset, uint64_t size);

/* How the bytes of an extent are stored. */
enum erofs_storage {
	EROFS_STORED,   /* as they are */
	EROFS_HOLE,     /* zeros, which are not in the image */
	EROFS_FRAGMENT, /* in the packed inode, where @at is an offset */
	EROFS_SHIFTED,  /* as they are, at the start of a cluster */
	EROFS_ROTATED,  /* as they are, each at its offset in a block */
	EROFS_COMPRESSED,
};

/* Bytes of a file that stand together in the image. */
struct erofs_extent {
	enum erofs_storage storage;
	uint64_t offset;    /* in the file, bytes */
	uint64_t size;      /* bytes of the file, never 0 */
	uint64_t at;        /* in the image, bytes */
	uint64_t stored;    /* bytes in the image */
	unsigned algorithm; /* an enum erofs_algorithm */
	bool partial;       /* of several that begin with the same bytes: a shorter one */
	bool boxed;         /* @at is an offset in the metabox */
};

/* What stands before the index of a compressed file. */
struct erofs_index {
	unsigned advise; /* flags */
	unsigned bits;   /* of a logical cluster's size; 0: all of it is a fragment */
	unsigned algorithms[2];
	enum { EROFS_TAIL_NONE, EROFS_TAIL_FRAGMENT, EROFS_TAIL_INLINE } tail;
	uint64_t tail_offset; /* in the file, bytes; UINT64_MAX: there is none */
	uint64_t tail_at;     /* in the packed inode, or in the image */
	uint64_t tail_stored; /* bytes, inline */
	/* Of an index that has records of extents instead of entries. */
	unsigned record_size; /* bytes; 0: it has entries */
	uint64_t n_records;
	uint64_t known, known_at; /* a record of 4 bytes, and where its extent is */
};

struct erofs_cache;

/* Counted: each content source keeps its image. */
struct erofs_image {
	unsigned n_refs;
	struct source *source;
	struct erofs_super super;
	struct erofs_prefix *prefixes;
	erofs_range_t range; /* told of each read of tables; may be NULL */
	void *range_context;
	uint64_t n_extents; /* asked for so far: a table of chunks may never end */
	struct erofs_cache *cache;
	struct erofs_file *packed;  /* holds fragments of other files; may be NULL */
	struct erofs_file *metabox; /* holds tables, compressed; may be NULL */
};

#define EROFS_BOXED (UINT64_C(1) << 63)

struct erofs_inode {
	/* Where it is, in units of 32 bytes from meta_at, or with EROFS_BOXED in the
	 * metabox. */
	uint64_t nid;
	bool boxed; /* all that stands with the inode is in the metabox, too */
	enum erofs_layout layout;
	uint16_t mode;
	uint32_t uid, gid;
	int64_t mtime;
	uint64_t size;                   /* bytes */
	uint32_t place;                  /* a device number or a chunk format */
	uint64_t block;                  /* of contents that are not compressed */
	bool hole;                       /* instead: they are zeros */
	uint64_t xattrs_at, xattrs_size; /* bytes */
	uint64_t body_at; /* of what follows: inline data, chunk table, bytes */
};

/* An inode whose contents are read. */
struct erofs_file {
	struct erofs_inode inode;
	bool has_index; /* read when it is needed first */
	struct erofs_index index;
};

/* @range may be NULL. -EBADMSG, -EOPNOTSUPP, -ENOMEM, errors of the source. */
int erofs_image_open(struct source *source, erofs_range_t range, void *range_context,
		     struct erofs_image **ret, struct error *error);
struct erofs_image *erofs_image_ref(struct erofs_image *image);
void erofs_image_unref(struct erofs_image *image);
DEFINE_CLEANUP(struct erofs_image *, erofs_image_unref);

/* Reads tables, and tells image->range. */
int erofs_read_table(const struct erofs_image *image, uint64_t offset, void *buffer,
		     size_t size, struct error *error);

int erofs_read_inode(const struct erofs_image *image, uint64_t nid,
		     struct erofs_inode *ret, struct error *error);

/*
 * Bytes of a directory, a link or the packed inode: as tables. Errors as those of
 * contents.
 */
int erofs_read_body(const struct erofs_image *image, const struct erofs_inode *inode,
		    uint64_t offset, void *buffer, size_t size, struct error *error);

/* What stands with an inode: in the image, or in the metabox. */
int erofs_read_meta(const struct erofs_image *image, bool boxed, uint64_t offset,
		    void *buffer, size_t size, struct error *error);

/* The same of the index of a compressed file, which is told of as a whole. */
int erofs_read_cached(const struct erofs_image *image, bool boxed, uint64_t offset,
		      void *buffer, size_t size, struct error *error);

/* Of a compressed file that is not empty. */
int erofs_read_index(const struct erofs_image *image, const struct erofs_inode *inode,
		     struct erofs_index *ret, struct error *error);

/* Its extent around @offset, which is below the size. */
int erofs_map_cluster(const struct erofs_image *image, const struct erofs_inode *inode,
		      struct erofs_index *index, uint64_t offset,
		      struct erofs_extent *ret, struct error *error);

/* Tells @range where the index is, unless it is in the metabox. */
int erofs_index_range(const struct erofs_image *image, const struct erofs_inode *inode,
		      erofs_range_t range, void *context, struct error *error);

/* @in has extent->stored bytes, @out gets extent->size. -EBADMSG, -ENOMEM. */
int erofs_decompress(const struct erofs_image *image, const struct erofs_extent *extent,
		     const uint8_t *in, uint8_t *out, struct error *error);

/*
 * What the superblock says of the algorithms, which are bits of @algorithms: from byte
 * @at on. -EBADMSG, -EOPNOTSUPP.
 */
int erofs_read_algorithms(const struct source *source, uint64_t at, unsigned algorithms,
			  struct erofs_super *super, struct error *error);

/* Memory is the only reason for NULL. */
struct erofs_cache *erofs_cache_new(void);
void erofs_cache_free(struct erofs_cache *cache);

/*
 * All bytes of a compressed extent of @file: borrowed up to the next call. -EBADMSG,
 * -ENOMEM, errors of the source.
 */
int erofs_read_cluster(const struct erofs_image *image, const struct erofs_file *file,
		       const struct erofs_extent *extent, const uint8_t **ret,
		       struct error *error);

/* The contents of a file. NULL: memory. */
struct source *erofs_content(struct erofs_image *image, const struct erofs_inode *inode);

/* Tells image->range where all of the metabox is. */
int erofs_metabox_range(struct erofs_image *image, struct error *error);

/* Fills image->prefixes. */
int erofs_read_prefixes(struct erofs_image *image, struct error *error);

/* Fills @entry's attributes, which erofs_free_xattrs() frees, also after a failure. */
int erofs_read_xattrs(const struct erofs_image *image, const struct erofs_inode *inode,
		      struct entry *entry, struct error *error);
void erofs_free_xattrs(struct entry *entry);
