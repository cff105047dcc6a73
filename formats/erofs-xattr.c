/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/core/strbuf.h"
#include "formats/erofs-image.h"

#define HEADER_SIZE     12 /* of a file's attributes: filter, number of shared ones */
#define ENTRY_SIZE      4  /* length of name, namespace, length of value */
#define LONG_PREFIX     0x80
#define MAX_PREFIX_SIZE 256

static const char *const namespaces[] = {
	[1] = "user.",
	[2] = "system.posix_acl_access",
	[3] = "system.posix_acl_default",
	[4] = "trusted.",
	[6] = "security.",
};

static const char *namespace_of(unsigned index)
{
	return index < ARRAY_SIZE(namespaces) ? namespaces[index] : NULL;
}

/* fs/erofs/xattr.c, erofs_xattr_prefixes_init(), 6.18. */
static int read_prefix_bytes(const struct erofs_image *image, uint64_t at, void *buffer,
			     size_t size, struct error *error)
{
	bool plain = image->super.prefixes_plain;

	if (!plain && image->packed && !image->metabox)
		return erofs_read_body(image, &image->packed->inode, at, buffer, size,
				       error);
	return erofs_read_meta(image, !plain && image->metabox, at, buffer, size, error);
}

/* Each stands on a multiple of four: two bytes of length, namespace, text. */
static int read_prefix(const struct erofs_image *image, uint64_t *at,
		       struct erofs_prefix *ret, struct error *error)
{
	uint8_t bytes[MAX_PREFIX_SIZE];
	unsigned size;
	int r;

	r = read_prefix_bytes(image, *at, bytes, 2, error);
	if (r != 0)
		return r;
	size = bytes[0] | (unsigned)bytes[1] << 8;
	if (size < 1 || size > sizeof(bytes))
		return error_bad(error,
				 image->packed || image->metabox ? ERROR_NO_OFFSET : *at,
				 "prefix of attributes has %u bytes, must be between 1 "
				 "and %zu",
				 size, sizeof(bytes));
	r = read_prefix_bytes(image, *at + 2, bytes, size, error);
	if (r != 0)
		return r;
	ret->base = bytes[0];
	ret->size = (uint8_t)(size - 1);
	memcpy(ret->text, bytes + 1, size - 1);
	*at = (*at + 2 + size + 3) / 4 * 4;
	return 0;
}

int erofs_read_prefixes(struct erofs_image *image, struct error *error)
{
	unsigned n = image->super.n_prefixes;
	uint64_t at = image->super.prefixes_at;
	int r = 0;

	if (n == 0)
		return 0;
	image->prefixes = calloc(n, sizeof(*image->prefixes));
	if (!image->prefixes)
		return error_memory(error);
	for (unsigned i = 0; r == 0 && i < n; i++)
		r = read_prefix(image, &at, &image->prefixes[i], error);
	return r;
}

/* The whole name; false: nobody knows this namespace, and Linux does not list it. */
static bool make_name(const struct erofs_image *image, unsigned index, struct span suffix,
		      struct strbuf *name)
{
	const struct erofs_prefix *prefix = NULL;
	const char *space;

	if (index & LONG_PREFIX) {
		index &= ~(unsigned)LONG_PREFIX;
		if (index >= image->super.n_prefixes)
			return false;
		prefix = &image->prefixes[index];
		index = prefix->base;
	}
	space = namespace_of(index);
	if (!space)
		return false;
	strbuf_add_string(name, space);
	if (prefix)
		strbuf_add(name, prefix->text, prefix->size);
	strbuf_add(name, suffix.data, suffix.size);
	return true;
}

static int add_xattr(const struct erofs_image *image, struct entry *entry, unsigned index,
		     struct span suffix, struct span value, struct error *error)
{
	_cleanup_strbuf_ struct strbuf name = {0};
	uint8_t *copy;

	if (!make_name(image, index, suffix, &name))
		return 0;
	if (!strbuf_ok(&name))
		return error_memory(error);
	if (strlen(strbuf_text(&name)) != name.size)
		return error_bad(error, ERROR_NO_OFFSET,
				 "extended attribute has a NUL byte behind '%s'",
				 strbuf_text(&name));
	if (entry->n_xattrs == LIMIT_XATTRS)
		return error_set(error, -E2BIG, "has more than %d extended attributes",
				 LIMIT_XATTRS);
	copy = malloc(value.size + 1);
	if (!copy)
		return error_memory(error);
	if (value.size > 0)
		memcpy(copy, value.data, value.size);
	entry->xattrs[entry->n_xattrs++] =
		(struct entry_xattr){strbuf_take(&name), span_make(copy, value.size)};
	return 0;
}

/* Each entry is filled up to a multiple of four bytes. */
static int read_inline(const struct erofs_image *image, struct cursor *cursor,
		       uint64_t at, struct entry *entry, struct error *error)
{
	while (cursor_left(cursor) > 0) {
		size_t start = cursor->at, size;
		unsigned name_size = cursor_u8(cursor), index = cursor_u8(cursor);
		size_t value_size = cursor_le16(cursor);
		struct span name = cursor_take(cursor, name_size);
		struct span value = cursor_take(cursor, value_size);
		int r;

		if (!cursor_ok(cursor))
			return error_bad(error, at + start,
					 "extended attribute has %zu bytes, %zu are left",
					 ENTRY_SIZE + name_size + value_size,
					 cursor->span.size - start);
		r = add_xattr(image, entry, index, name, value, error);
		if (r < 0)
			return r;
		size = cursor->at - start;
		cursor_skip(cursor, MIN(cursor_left(cursor), (4 - size % 4) % 4));
	}
	return 0;
}

static int read_shared(const struct erofs_image *image, uint32_t id, struct entry *entry,
		       struct error *error)
{
	uint64_t at = image->super.xattrs_at + (uint64_t)id * 4;
	_cleanup_free_ uint8_t *bytes = NULL;
	uint8_t head[ENTRY_SIZE];
	size_t name_size, value_size;
	bool boxed = image->super.shared_boxed;
	int r;

	r = erofs_read_meta(image, boxed, at, head, sizeof(head), error);
	if (r != 0)
		return r;
	name_size = head[0];
	value_size = head[2] | (size_t)head[3] << 8;
	bytes = malloc(name_size + value_size + 1);
	if (!bytes)
		return error_memory(error);
	r = erofs_read_meta(image, boxed, at + sizeof(head), bytes,
			    name_size + value_size, error);
	if (r != 0)
		return r;
	return add_xattr(image, entry, head[1], span_make(bytes, name_size),
			 span_make(bytes + name_size, value_size), error);
}

int erofs_read_xattrs(const struct erofs_image *image, const struct erofs_inode *inode,
		      struct entry *entry, struct error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	struct cursor cursor;
	size_t size = (size_t)inode->xattrs_size;
	unsigned n_shared;
	int r;

	if (size == 0)
		return 0;
	bytes = malloc(size);
	entry->xattrs = calloc(LIMIT_XATTRS, sizeof(*entry->xattrs));
	if (!bytes || !entry->xattrs)
		return error_memory(error);
	r = erofs_read_meta(image, inode->boxed, inode->xattrs_at, bytes, size, error);
	if (r != 0)
		return r;
	cursor = cursor_make(span_make(bytes, size));
	cursor_skip(&cursor, 4);
	n_shared = cursor_u8(&cursor);
	cursor.at = HEADER_SIZE;
	if (n_shared > cursor_left(&cursor) / 4)
		return error_bad(error, inode->xattrs_at + 4,
				 "inode has %u shared extended attributes in %zu bytes",
				 n_shared, size);
	for (unsigned i = 0; r == 0 && i < n_shared; i++)
		r = read_shared(image, cursor_le32(&cursor), entry, error);
	return r != 0 ? r : read_inline(image, &cursor, inode->xattrs_at, entry, error);
}

void erofs_free_xattrs(struct entry *entry)
{
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		free((void *)entry->xattrs[i].name);
		free((void *)entry->xattrs[i].value.data);
	}
	free(entry->xattrs);
	entry->xattrs = NULL;
	entry->n_xattrs = 0;
}
