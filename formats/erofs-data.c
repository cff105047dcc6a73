/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/erofs-image.h"

/* The format of chunks, in an inode's place. */
#define CHUNK_BITS_MASK UINT32_C(0x1f) /* added to the bits of a block */
#define CHUNK_INDEXES   UINT32_C(0x20) /* entries of 8 bytes, not 4 */
#define CHUNK_HOLE      UINT32_MAX     /* a chunk of zeros */

/* Bytes of a file that stand together in the image. */
struct extent {
	uint64_t at;   /* in the image, bytes */
	uint64_t size; /* bytes, never 0 */
	bool hole;     /* zeros, which are not in the image */
};

struct content {
	struct erofs_image *image;
	struct erofs_inode inode;
};

/* All but the last block stand together, the last one behind the inode. */
static int map_inline(const struct erofs_image *image, const struct erofs_inode *inode,
		      uint64_t offset, struct extent *ret, struct error *error)
{
	unsigned bits = image->super.block_bits;
	uint64_t block_size = image->super.info.block_size;
	uint64_t tail = (inode->size - 1) >> bits << bits;
	uint64_t in_block = inode->body_at % block_size;

	if (offset < tail) {
		ret->at = ((uint64_t)inode->place << bits) + offset;
		ret->size = tail - offset;
		return 0;
	}
	/* Linux refuses it, too: fs/erofs/data.c, erofs_map_blocks(), 6.12. */
	if (inode->size - tail > block_size - in_block)
		return error_bad(error, inode->body_at,
				 "%" PRIu64 " bytes behind an inode cross the end of a "
				 "block, %" PRIu64 " fit",
				 inode->size - tail, block_size - in_block);
	ret->at = inode->body_at + (offset - tail);
	ret->size = inode->size - offset;
	return 0;
}

static int map_chunk(const struct erofs_image *image, const struct erofs_inode *inode,
		     uint64_t offset, struct extent *ret, struct error *error)
{
	unsigned bits = image->super.block_bits + (inode->place & CHUNK_BITS_MASK);
	unsigned unit = inode->place & CHUNK_INDEXES ? 8 : 4;
	uint64_t chunk = offset >> bits, in_chunk = offset & ((UINT64_C(1) << bits) - 1);
	/* A chunk has 512 bytes at least, so that this cannot overflow. */
	uint64_t at = (inode->body_at + unit - 1) / unit * unit + chunk * unit;
	uint8_t bytes[8];
	struct cursor cursor = cursor_make(span_make(bytes, unit));
	uint32_t block;
	int r;

	if (inode->place & ~(CHUNK_BITS_MASK | CHUNK_INDEXES))
		return error_set(error, -EOPNOTSUPP,
				 "has chunks of format %#" PRIx32
				 ", which is not read here",
				 inode->place);
	r = erofs_read_table(image, at, bytes, unit, error);
	if (r != 0)
		return r;
	cursor_skip(&cursor, unit - 4);
	block = cursor_le32(&cursor);
	ret->hole = block == CHUNK_HOLE;
	ret->at = ((uint64_t)block << image->super.block_bits) + in_chunk;
	ret->size = MIN((UINT64_C(1) << bits) - in_chunk, inode->size - offset);
	return 0;
}

static int refuse_compressed(const struct erofs_image *image,
			     const struct erofs_inode *inode, struct error *error)
{
	static const char *const names[] = {"lz4", "lzma", "deflate", "zstd"};
	uint64_t at = (inode->body_at + 7) / 8 * 8;
	unsigned algorithm = 0;
	uint8_t header[8];
	int r;

	/* Without these, lz4 was the only one, and old images have no header. */
	if (image->super.features &
	    (EROFS_COMPRESSION | EROFS_TAIL_PACKING | EROFS_FRAGMENTS)) {
		r = source_read(image->source, at, header, sizeof(header), error);
		if (r < 0)
			return r;
		algorithm = header[6] & 0xf;
	}
	return error_set(error, -EOPNOTSUPP,
			 "is compressed with %s, which is not read here",
			 algorithm < ARRAY_SIZE(names) ? names[algorithm]
						       : "an unknown algorithm");
}

/* @offset is below the size. */
static int map(const struct erofs_image *image, const struct erofs_inode *inode,
	       uint64_t offset, struct extent *ret, struct error *error)
{
	*ret = (struct extent){0};
	switch (inode->layout) {
	case EROFS_PLAIN:
		ret->at = ((uint64_t)inode->place << image->super.block_bits) + offset;
		ret->size = inode->size - offset;
		return 0;
	case EROFS_INLINE:
		return map_inline(image, inode, offset, ret, error);
	case EROFS_CHUNKED:
		return map_chunk(image, inode, offset, ret, error);
	case EROFS_COMPRESSED_FULL:
	case EROFS_COMPRESSED_COMPACT:
		break;
	}
	return refuse_compressed(image, inode, error);
}

static int read_bytes(const struct erofs_image *image, const struct erofs_inode *inode,
		      uint64_t offset, void *buffer, size_t size, bool table,
		      struct error *error)
{
	uint8_t *to = buffer;

	while (size > 0) {
		struct extent extent;
		size_t piece;
		int r = map(image, inode, offset, &extent, error);

		if (r != 0)
			return r;
		piece = (size_t)MIN(extent.size, (uint64_t)size);
		if (extent.hole)
			memset(to, 0, piece);
		else if (table)
			r = erofs_read_table(image, extent.at, to, piece, error);
		else
			r = source_read(image->source, extent.at, to, piece, error);
		if (r != 0)
			return r;
		to += piece;
		offset += piece;
		size -= piece;
	}
	return 0;
}

int erofs_read_body(const struct erofs_image *image, const struct erofs_inode *inode,
		    uint64_t offset, void *buffer, size_t size, struct error *error)
{
	if (offset > inode->size || size > inode->size - offset)
		return error_bad(error, ERROR_NO_OFFSET,
				 "bytes %" PRIu64 " to %" PRIu64
				 " are wanted of an inode with %" PRIu64,
				 offset, offset + size, inode->size);
	return read_bytes(image, inode, offset, buffer, size, true, error);
}

static int content_read(void *state, uint64_t offset, void *buffer, size_t size,
			struct error *error)
{
	const struct content *content = state;

	return read_bytes(content->image, &content->inode, offset, buffer, size, false,
			  error);
}

static void content_free(void *state)
{
	struct content *content = state;

	erofs_image_unref(content->image);
	free(content);
}

static const struct source_ops content_ops = {.read = content_read, .free = content_free};

struct source *erofs_content(struct erofs_image *image, const struct erofs_inode *inode)
{
	struct content *content = malloc(sizeof(*content));

	if (!content)
		return NULL;
	*content = (struct content){erofs_image_ref(image), *inode};
	return source_custom(&content_ops, content, inode->size);
}

static const struct content *content_of(const struct source *source, struct error *error)
{
	const struct content *content = source_custom_state(source, &content_ops);

	if (!content)
		(void)error_set(error, -EINVAL, "is no file of an erofs");
	return content;
}

static int is_inside(void *context, uint64_t offset, uint64_t size)
{
	uint64_t there = *(const uint64_t *)context;

	return offset <= there && size <= there - offset ? 0 : 1;
}

int erofs_content_check(const struct source *source, struct error *error)
{
	const struct content *content = content_of(source, error);
	uint64_t there;
	int r;

	if (!content)
		return -EINVAL;
	there = source_size(content->image->source);
	r = erofs_content_extents(source, is_inside, &there, error);
	if (r > 0)
		return error_bad(error, ERROR_NO_OFFSET,
				 "has contents behind the %" PRIu64 " bytes of the image",
				 there);
	return r;
}

int erofs_content_extents(const struct source *source,
			  int (*range)(void *context, uint64_t offset, uint64_t size),
			  void *context, struct error *error)
{
	const struct content *content = content_of(source, error);
	uint64_t offset = 0;
	int r = 0;

	if (!content)
		return -EINVAL;
	while (r == 0 && offset < content->inode.size) {
		struct extent extent;

		if (++content->image->n_extents > LIMIT_IMAGE_EXTENTS)
			return error_set(error, -E2BIG,
					 "has more than %" PRIu32 " pieces of files",
					 LIMIT_IMAGE_EXTENTS);
		r = map(content->image, &content->inode, offset, &extent, error);
		if (r == 0 && !extent.hole)
			r = range(context, extent.at, extent.size);
		offset += extent.size;
	}
	return r;
}
