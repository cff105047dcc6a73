/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/squashfs-image.h"

#include <inttypes.h>

#include "formats/core/cursor.h"

#define SUPERBLOCK_MAGIC    0x73717368u /* "hsqs" */
#define BLOCK_SIZE_MASK     0x00ffffffu /* bit 24 says that the block is not compressed */
#define NO_FRAGMENT         0xffffffffu

/* Entries of the fragment table in one block of metadata. */
#define FRAGMENTS_PER_BLOCK 512

struct content {
	struct squashfs_image *image;
	sqfs_inode_generic_t *inode;
};

static int file_read_at(sqfs_file_t *base, sqfs_u64 offset, void *buffer, size_t size)
{
	struct squashfs_file *file = (struct squashfs_file *)base;

	file->error = (struct error)ERROR_INIT;
	if (source_read(file->source, offset, buffer, size, &file->error) < 0)
		return file->error.code == -EBADMSG ? SQFS_ERROR_OUT_OF_BOUNDS
						    : SQFS_ERROR_IO;
	return 0;
}

static int file_write_at(sqfs_file_t *base, sqfs_u64 offset, const void *buffer,
			 size_t size)
{
	return SQFS_ERROR_IO;
}

static sqfs_u64 file_get_size(const sqfs_file_t *base)
{
	return source_size(((const struct squashfs_file *)base)->source);
}

static int file_truncate(sqfs_file_t *base, sqfs_u64 size)
{
	return SQFS_ERROR_IO;
}

static void file_destroy(sqfs_object_t *object)
{
}

int squashfs_error(const struct squashfs_image *image, int code, const char *what,
		   struct error *error)
{
	switch (code) {
	case SQFS_ERROR_ALLOC:
		return error_memory(error);
	case SQFS_ERROR_IO:
		return error_set(error, image->file.error.code, "%s",
				 image->file.error.message);
	case SQFS_ERROR_UNSUPPORTED:
		return error_set(error, -EOPNOTSUPP,
				 "cannot read the %s: it uses a feature that libsquashfs "
				 "does not know",
				 what);
	case SQFS_ERROR_OVERFLOW:
		return error_set(error, -E2BIG, "cannot read the %s: a size overflows",
				 what);
	case SQFS_ERROR_COMPRESSOR:
		return error_set(error, -EBADMSG,
				 "cannot decompress the %s: the bytes are damaged", what);
	case SQFS_ERROR_OUT_OF_BOUNDS:
		return error_set(
			error, -EBADMSG,
			"cannot read the %s: it reaches over the end of the file "
			"system",
			what);
	default:
		return error_set(
			error, -EBADMSG,
			"cannot read the %s: it is damaged (libsquashfs error %d)", what,
			code);
	}
}

bool squashfs_probe(struct span head)
{
	struct cursor cursor = cursor_make(head);

	return cursor_le32(&cursor) == SUPERBLOCK_MAGIC && cursor_ok(&cursor);
}

static const char *compressor_name(unsigned id)
{
	static const char *const names[] = {
		[SQFS_COMP_GZIP] = "gzip", [SQFS_COMP_LZMA] = "lzma",
		[SQFS_COMP_LZO] = "lzo",   [SQFS_COMP_XZ] = "xz",
		[SQFS_COMP_LZ4] = "lz4",   [SQFS_COMP_ZSTD] = "zstd",
	};

	return id < ARRAY_SIZE(names) ? names[id] : NULL;
}

/* libsquashfs does not say which field it minds, so the fields are looked at here first.
 */
static int check_superblock(struct span bytes, uint64_t source_bytes, struct error *error)
{
	struct cursor cursor = cursor_make(bytes);
	uint32_t n_inodes, block_size, n_fragments;
	uint16_t compressor, block_log, major, minor;
	uint64_t used;

	cursor_skip(&cursor, 4);
	n_inodes = cursor_le32(&cursor);
	cursor_skip(&cursor, 4);
	block_size = cursor_le32(&cursor);
	n_fragments = cursor_le32(&cursor);
	compressor = cursor_le16(&cursor);
	block_log = cursor_le16(&cursor);
	cursor_skip(&cursor, 4);
	major = cursor_le16(&cursor);
	minor = cursor_le16(&cursor);
	cursor_skip(&cursor, 8);
	used = cursor_le64(&cursor);
	if (major != 4 || minor != 0)
		return error_bad(
			error, 28,
			"squashfs version is %u.%u, must be 4.0 for Linux to mount "
			"it",
			major, minor);
	if (block_size < 4096 || block_size > 1048576 || block_log > 20 ||
	    block_size != 1u << block_log)
		return error_bad(error, 12,
				 "squashfs block size is %u with logarithm %u, must be a "
				 "power of 2 between 4096 and 1048576",
				 block_size, block_log);
	if (!compressor_name(compressor))
		return error_bad(error, 20,
				 "squashfs compressor is %u, must be between 1 and 6",
				 compressor);
	/*
	 * Each holds the tail of a file; libsquashfs would allocate 64 GiB for 2^32 of
	 * them.
	 */
	if (n_fragments > n_inodes)
		return error_bad(
			error, 16,
			"squashfs has %u fragments of %u inodes, must have at most "
			"one for each",
			n_fragments, n_inodes);
	if (used > source_bytes)
		return error_bad(error, 40,
				 "squashfs has %" PRIu64 " bytes, but only %" PRIu64
				 " are there",
				 used, source_bytes);
	return 0;
}

/* A table that is not there has the offset UINT64_MAX. */
static void read_places(struct span bytes, struct squashfs_info *info)
{
	struct cursor cursor = cursor_make(bytes);
	uint64_t root, ids, xattrs, fragments, exports;

	cursor_skip(&cursor, 32);
	root = cursor_le64(&cursor) >> 16;
	cursor_skip(&cursor, 8);
	ids = cursor_le64(&cursor);
	xattrs = cursor_le64(&cursor);
	info->tables_at = cursor_le64(&cursor);
	cursor_skip(&cursor, 8);
	fragments = cursor_le64(&cursor);
	exports = cursor_le64(&cursor);
	info->indexes_at = MIN(MIN(ids, xattrs), MIN(fragments, exports));
	info->root_inode_at =
		root < info->bytes_used && info->tables_at < UINT64_MAX - root
			? info->tables_at + root
			: info->bytes_used;
}

int squashfs_read_info(const struct source *source, struct squashfs_info *ret,
		       struct error *error)
{
	uint8_t bytes[SQUASHFS_SUPERBLOCK_SIZE];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	int r;

	if (source_size(source) < sizeof(bytes))
		return error_bad(error, 0,
				 "has %" PRIu64 " bytes, a squashfs superblock takes %zu",
				 source_size(source), sizeof(bytes));
	r = source_read(source, 0, bytes, sizeof(bytes), error);
	if (r < 0)
		return r;
	if (!squashfs_probe(cursor.span))
		return error_bad(error, 0, "does not begin with a squashfs superblock");
	r = check_superblock(cursor.span, source_size(source), error);
	if (r < 0)
		return r;
	cursor_skip(&cursor, 4);
	ret->n_inodes = cursor_le32(&cursor);
	ret->modified = cursor_le32(&cursor);
	ret->block_size = cursor_le32(&cursor);
	cursor_skip(&cursor, 4);
	ret->compressor = compressor_name(cursor_le16(&cursor));
	cursor.at = 40;
	ret->bytes_used = cursor_le64(&cursor);
	read_places(span_make(bytes, sizeof(bytes)), ret);
	return 0;
}

static int open_compressor(struct squashfs_image *image, struct error *error)
{
	sqfs_compressor_config_t config;
	const sqfs_super_t *super = &image->super;
	int r;

	if (super->compression_id == SQFS_COMP_LZO) {
		image->compressor = squashfs_lzo();
		return image->compressor
			       ? 0
			       : error_set(error, -EOPNOTSUPP,
					   "squashfs is compressed with lzo, which the "
					   "library of this machine cannot read");
	}
	r = sqfs_compressor_config_init(&config, super->compression_id, super->block_size,
					SQFS_COMP_FLAG_UNCOMPRESS);
	if (r == 0)
		r = sqfs_compressor_create(&config, &image->compressor);
	if (r == SQFS_ERROR_ALLOC)
		return error_memory(error);
	if (r != 0)
		return error_set(error, -EOPNOTSUPP,
				 "squashfs is compressed with %s, which libsquashfs was "
				 "built without",
				 compressor_name(super->compression_id));
	if (super->flags & SQFS_FLAG_COMPRESSOR_OPTIONS) {
		r = image->compressor->read_options(image->compressor, &image->file.base);
		if (r < 0)
			return squashfs_error(image, r, "compressor options", error);
	}
	return 0;
}

/*
 * libsquashfs allocates the fragment table before it looks whether it is there. As Linux
 * has it (fs/squashfs/super.c, squashfs_fill_super(), and fragment.c), the tables follow
 * each other and an index of the fragment table has its place.
 */
static int check_tables(const sqfs_super_t *super, struct error *error)
{
	uint64_t n_fragments = super->fragment_entry_count;
	uint64_t index_size = (n_fragments + FRAGMENTS_PER_BLOCK - 1) /
			      FRAGMENTS_PER_BLOCK * sizeof(uint64_t);

	if (super->inode_table_start >= super->directory_table_start ||
	    super->directory_table_start > super->bytes_used)
		return error_bad(error, 64,
				 "squashfs inode table begins at %" PRIu64
				 " and directory table at %" PRIu64 " of %" PRIu64
				 " bytes",
				 super->inode_table_start, super->directory_table_start,
				 super->bytes_used);
	if (n_fragments > 0 && !(super->flags & SQFS_FLAG_NO_FRAGMENTS) &&
	    (super->fragment_table_start > super->bytes_used ||
	     index_size > super->bytes_used - super->fragment_table_start))
		return error_bad(
			error, 16,
			"squashfs has %" PRIu64 " fragments, whose table at %" PRIu64
			" reaches over the end at %" PRIu64,
			n_fragments, super->fragment_table_start, super->bytes_used);
	return 0;
}

/* The directory table ends where the first of the tables behind it begins. */
static uint64_t directory_table_end(const sqfs_super_t *super)
{
	uint64_t end = MIN(super->id_table_start, super->bytes_used);

	end = MIN(end, super->fragment_table_start);
	return MIN(end, super->export_table_start);
}

static int load_tables(struct squashfs_image *image, struct error *error)
{
	sqfs_file_t *file = &image->file.base;
	const sqfs_super_t *super = &image->super;
	int r;

	image->data =
		sqfs_data_reader_create(file, super->block_size, image->compressor, 0);
	image->inodes =
		sqfs_meta_reader_create(file, image->compressor, super->inode_table_start,
					super->directory_table_start);
	image->directories = sqfs_meta_reader_create(file, image->compressor,
						     super->directory_table_start,
						     directory_table_end(super));
	image->ids = sqfs_id_table_create(0);
	image->fragments = sqfs_frag_table_create(0);
	if (!image->data || !image->inodes || !image->directories || !image->ids ||
	    !image->fragments)
		return error_memory(error);
	r = sqfs_data_reader_load_fragment_table(image->data, super);
	if (r == 0)
		r = sqfs_frag_table_read(image->fragments, file, super,
					 image->compressor);
	if (r < 0)
		return squashfs_error(image, r, "fragment table", error);
	r = sqfs_id_table_read(image->ids, file, super, image->compressor);
	if (r < 0)
		return squashfs_error(image, r, "table of owners", error);
	return squashfs_xattrs_open(image, error);
}

int squashfs_image_open(struct source *source, struct squashfs_image **ret,
			struct error *error)
{
	_cleanup_(squashfs_image_unrefp) struct squashfs_image *image =
		calloc(1, sizeof(*image));
	struct squashfs_info info;
	int r;

	if (!image)
		return error_memory(error);
	image->n_refs = 1;
	image->file = (struct squashfs_file){
		.base = {.base = {.destroy = file_destroy},
			 .read_at = file_read_at,
			 .write_at = file_write_at,
			 .get_size = file_get_size,
			 .truncate = file_truncate},
		.source = source_ref(source),
	};
	r = squashfs_read_info(source, &info, error);
	if (r < 0)
		return r;
	r = sqfs_super_read(&image->super, &image->file.base);
	if (r < 0)
		return squashfs_error(image, r, "superblock", error);
	r = check_tables(&image->super, error);
	if (r == 0)
		r = open_compressor(image, error);
	if (r == 0)
		r = load_tables(image, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(image);
	return 0;
}

struct squashfs_image *squashfs_image_ref(struct squashfs_image *image)
{
	image->n_refs++;
	return image;
}

void squashfs_image_unref(struct squashfs_image *image)
{
	if (!image || --image->n_refs > 0)
		return;
	sqfs_destroy(image->attributes);
	sqfs_destroy(image->xattrs);
	sqfs_destroy(image->fragments);
	sqfs_destroy(image->ids);
	sqfs_destroy(image->directories);
	sqfs_destroy(image->inodes);
	sqfs_destroy(image->data);
	sqfs_destroy(image->compressor);
	source_unref(image->file.source);
	free(image);
}

static int content_read(void *state, uint64_t offset, void *buffer, size_t size,
			struct error *error)
{
	const struct content *content = state;
	uint8_t *to = buffer;

	while (size > 0) {
		sqfs_u32 piece = (sqfs_u32)MIN(size, (size_t)INT32_MAX);
		sqfs_s32 n = sqfs_data_reader_read(content->image->data, content->inode,
						   offset, to, piece);

		if (n < 0)
			return squashfs_error(content->image, n, "contents", error);
		if (n == 0)
			return error_bad(error, offset,
					 "ends before its size in the inode");
		to += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

static void content_free(void *state)
{
	struct content *content = state;

	sqfs_free(content->inode);
	squashfs_image_unref(content->image);
	free(content);
}

static const struct source_ops content_ops = {.read = content_read, .free = content_free};

struct source *squashfs_content(struct squashfs_image *image, sqfs_inode_generic_t *inode)
{
	struct content *content = malloc(sizeof(*content));
	sqfs_u64 size = 0;

	if (!content)
		return NULL;
	(void)sqfs_inode_get_file_size(inode, &size);
	*content = (struct content){squashfs_image_ref(image), inode};
	return source_custom(&content_ops, content, size);
}

int squashfs_content_extents(const struct source *source,
			     int (*range)(void *context, uint64_t offset, uint64_t size),
			     void *context, struct error *error)
{
	const struct content *content = source_custom_state(source, &content_ops);
	size_t n_blocks;
	sqfs_u64 at = 0;
	sqfs_u32 index = NO_FRAGMENT, offset;
	sqfs_fragment_t fragment;
	int r;

	if (!content)
		return error_set(error, -EINVAL, "is no file of a squashfs");
	n_blocks = content->inode->payload_bytes_used / sizeof(content->inode->extra[0]);
	(void)sqfs_inode_get_file_block_start(content->inode, &at);
	for (size_t i = 0; i < n_blocks; i++) {
		uint32_t size = content->inode->extra[i] & BLOCK_SIZE_MASK;

		r = size ? range(context, at, size) : 0;
		if (r != 0)
			return r;
		at += size;
	}
	(void)sqfs_inode_get_frag_location(content->inode, &index, &offset);
	if (index == NO_FRAGMENT)
		return 0;
	r = sqfs_frag_table_lookup(content->image->fragments, index, &fragment);
	if (r < 0)
		return squashfs_error(content->image, r, "fragment", error);
	return range(context, fragment.start_offset, fragment.size & BLOCK_SIZE_MASK);
}
