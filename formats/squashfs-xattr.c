/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/core/strbuf.h"
#include "formats/squashfs-image.h"

#define MAX_NAME_SIZE  255   /* XATTR_NAME_MAX of Linux */
#define MAX_VALUE_SIZE 65536 /* XATTR_SIZE_MAX of Linux */

/*
 * Keys and values are read without libsquashfs, which allocates what a value's size says
 * and reads it again for each of the files that share it.
 */

static int read_bytes(struct squashfs_image *image, void *buffer, size_t size,
		      struct error *error)
{
	int r = sqfs_meta_reader_read(image->attributes, buffer, size);

	return r < 0 ? squashfs_error(image, r, "extended attributes", error) : 0;
}

static int seek(struct squashfs_image *image, uint64_t reference, struct error *error)
{
	uint64_t block = reference >> 16;
	int r;

	if (block > UINT32_MAX)
		return error_set(error, -EBADMSG,
				 "reference %" PRIx64
				 " to an extended attribute is out of range",
				 reference);
	r = sqfs_meta_reader_seek(image->attributes, image->attributes_start + block,
				  reference & 0xffff);
	return r < 0 ? squashfs_error(image, r, "extended attributes", error) : 0;
}

static int read_value_here(struct squashfs_image *image, struct span *ret,
			   struct error *error)
{
	_cleanup_free_ uint8_t *value = NULL;
	uint8_t header[4];
	struct cursor cursor = cursor_make(span_make(header, sizeof(header)));
	uint32_t size;
	int r;

	r = read_bytes(image, header, sizeof(header), error);
	if (r < 0)
		return r;
	size = cursor_le32(&cursor);
	image->attributes_size += size;
	if (size > MAX_VALUE_SIZE || image->attributes_size > LIMIT_IMAGE_XATTRS)
		return error_set(error, -E2BIG,
				 "an extended attribute has %" PRIu32
				 " bytes, at most %d are read and %" PRIu64 " of all",
				 size, MAX_VALUE_SIZE, LIMIT_IMAGE_XATTRS);
	value = malloc((size_t)size + 1);
	if (!value)
		return error_memory(error);
	r = read_bytes(image, value, size, error);
	if (r < 0)
		return r;
	*ret = span_make(TAKE_PTR(value), size);
	return 0;
}

/* A value that several files share stands elsewhere; its place is the value here. */
static int read_value(struct squashfs_image *image, bool elsewhere, struct span *ret,
		      struct error *error)
{
	uint8_t bytes[12];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	sqfs_u64 block;
	size_t offset;
	int r;

	if (!elsewhere)
		return read_value_here(image, ret, error);
	r = read_bytes(image, bytes, sizeof(bytes), error);
	if (r < 0)
		return r;
	cursor_skip(&cursor, 4);
	sqfs_meta_reader_get_position(image->attributes, &block, &offset);
	r = seek(image, cursor_le64(&cursor), error);
	if (r == 0)
		r = read_value_here(image, ret, error);
	if (r < 0)
		return r;
	r = sqfs_meta_reader_seek(image->attributes, block, offset);
	/*
	 * The last value of all ends where its block does: there is nothing to go back
	 * to.
	 */
	image->attributes_ended = r < 0;
	return 0;
}

static int read_attribute(struct squashfs_image *image, struct entry_xattr *ret,
			  struct error *error)
{
	_cleanup_strbuf_ struct strbuf name = {0};
	uint8_t header[4];
	char suffix[MAX_NAME_SIZE];
	struct cursor cursor = cursor_make(span_make(header, sizeof(header)));
	const char *prefix;
	uint16_t type, size;
	int r;

	if (image->attributes_ended)
		return error_set(error, -EBADMSG, "an extended attribute is missing");
	r = read_bytes(image, header, sizeof(header), error);
	if (r < 0)
		return r;
	type = cursor_le16(&cursor);
	size = cursor_le16(&cursor);
	prefix = sqfs_get_xattr_prefix(type & SQFS_XATTR_PREFIX_MASK);
	if (!prefix || size > sizeof(suffix))
		return error_set(error, -EBADMSG,
				 "an extended attribute has type %u and a name of %u "
				 "bytes",
				 type, size);
	r = read_bytes(image, suffix, size, error);
	if (r < 0)
		return r;
	if (memchr(suffix, 0, size))
		return error_set(error, -EBADMSG,
				 "the name of an extended attribute holds a NUL byte");
	strbuf_add_string(&name, prefix);
	strbuf_add(&name, suffix, size);
	r = read_value(image, type & SQFS_XATTR_FLAG_OOL, &ret->value, error);
	if (r < 0)
		return r;
	ret->name = strbuf_take(&name);
	return ret->name ? 0 : error_memory(error);
}

int squashfs_xattrs_open(struct squashfs_image *image, struct error *error)
{
	const sqfs_super_t *super = &image->super;
	struct sqfs_file_t *file = &image->file.base;
	uint8_t bytes[8];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	int r;

	if (super->flags & SQFS_FLAG_NO_XATTRS ||
	    super->xattr_id_table_start == UINT64_MAX)
		return 0;
	image->xattrs = sqfs_xattr_reader_create(0);
	image->attributes = sqfs_meta_reader_create(
		file, image->compressor, super->id_table_start, super->bytes_used);
	if (!image->xattrs || !image->attributes)
		return error_memory(error);
	r = sqfs_xattr_reader_load(image->xattrs, super, file, image->compressor);
	if (r == 0)
		r = file->read_at(file, super->xattr_id_table_start, bytes,
				  sizeof(bytes));
	if (r < 0)
		return squashfs_error(image, r, "extended attributes", error);
	image->attributes_start = cursor_le64(&cursor);
	/* Checked by libsquashfs, which does not promise it. */
	if (image->attributes_start > super->bytes_used)
		return error_bad(error, super->xattr_id_table_start,
				 "extended attributes begin at %" PRIu64
				 ", behind the end at %" PRIu64,
				 image->attributes_start, super->bytes_used);
	return 0;
}

int squashfs_xattrs_read(struct squashfs_image *image, const sqfs_inode_generic_t *inode,
			 struct entry *entry, struct error *error)
{
	sqfs_u32 index = UINT32_MAX;
	sqfs_xattr_id_t set;
	int r;

	(void)sqfs_inode_get_xattr_index(inode, &index);
	if (!image->xattrs || index == UINT32_MAX)
		return 0;
	r = sqfs_xattr_reader_get_desc(image->xattrs, index, &set);
	if (r < 0)
		return squashfs_error(image, r, "extended attributes", error);
	if (set.count > LIMIT_XATTRS)
		return error_set(error, -E2BIG,
				 "a file has %" PRIu32 " extended attributes, at most %d "
				 "are read",
				 set.count, LIMIT_XATTRS);
	if (set.count == 0)
		return 0;
	entry->xattrs = calloc(set.count, sizeof(*entry->xattrs));
	if (!entry->xattrs)
		return error_memory(error);
	image->attributes_ended = false;
	r = seek(image, set.xattr, error);
	for (uint32_t i = 0; r == 0 && i < set.count; i++) {
		r = read_attribute(image, &entry->xattrs[i], error);
		entry->n_xattrs = i + 1;
	}
	return r;
}

void squashfs_xattrs_free(struct entry *entry)
{
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		free((void *)entry->xattrs[i].name);
		free((void *)entry->xattrs[i].value.data);
	}
	free(entry->xattrs);
}
