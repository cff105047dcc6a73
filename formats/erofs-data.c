/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/erofs-image.h"

/* The format of chunks, in an inode's place. */
#define CHUNK_BITS_MASK UINT32_C(0x1f) /* added to the bits of a block */
#define CHUNK_INDEXES   UINT32_C(0x20) /* entries of 8 bytes, not 4 */
#define CHUNK_48BIT     UINT32_C(0x40) /* whose first two are of the block, too */
#define CHUNK_HOLE      UINT32_MAX     /* a chunk of zeros */

struct content {
	struct erofs_image *image;
	struct erofs_file file;
};

/* All but the last block stand together, the last one behind the inode. */
static int map_inline(const struct erofs_image *image, const struct erofs_inode *inode,
		      uint64_t offset, struct erofs_extent *ret, struct error *error)
{
	unsigned bits = image->super.block_bits;
	uint64_t block_size = image->super.info.block_size;
	uint64_t tail = (inode->size - 1) >> bits << bits;
	uint64_t in_block = inode->body_at % block_size;

	if (offset < tail) {
		ret->at = (inode->block << bits) + offset;
		ret->size = tail - offset;
		return 0;
	}
	/* Linux refuses it, too: fs/erofs/data.c, erofs_map_blocks(), 6.12. */
	if (inode->size - tail > block_size - in_block)
		return error_bad(error, inode->body_at,
				 "%" PRIu64 " bytes behind an inode cross the end of a "
				 "block, %" PRIu64 " fit",
				 inode->size - tail, block_size - in_block);
	ret->boxed = inode->boxed;
	ret->at = inode->body_at + (offset - tail);
	ret->size = inode->size - offset;
	return 0;
}

static int map_chunk(const struct erofs_image *image, const struct erofs_inode *inode,
		     uint64_t offset, struct erofs_extent *ret, struct error *error)
{
	unsigned bits = image->super.block_bits + (inode->place & CHUNK_BITS_MASK);
	unsigned unit = inode->place & CHUNK_INDEXES ? 8 : 4;
	uint64_t chunk = offset >> bits, in_chunk = offset & ((UINT64_C(1) << bits) - 1);
	/* A chunk has 512 bytes at least, so that this cannot overflow. */
	uint64_t at = (inode->body_at + unit - 1) / unit * unit + chunk * unit;
	uint8_t bytes[8];
	struct cursor cursor = cursor_make(span_make(bytes, unit));
	uint64_t block, high, hole = CHUNK_HOLE;
	int r;

	if (inode->place & ~(CHUNK_BITS_MASK | CHUNK_INDEXES | CHUNK_48BIT))
		return error_set(error, -EOPNOTSUPP,
				 "has chunks of format %#" PRIx32
				 ", which is not read here",
				 inode->place);
	r = erofs_read_meta(image, inode->boxed, at, bytes, unit, error);
	if (r != 0)
		return r;
	high = unit == 8 ? cursor_le16(&cursor) : 0;
	cursor.at = unit - 4;
	block = cursor_le32(&cursor);
	if (unit == 8 && (inode->place & CHUNK_48BIT)) {
		block |= high << 32;
		hole |= UINT64_C(0xffff) << 32;
	}
	ret->storage = block == hole ? EROFS_HOLE : EROFS_STORED;
	ret->at = (block << image->super.block_bits) + in_chunk;
	ret->size = MIN((UINT64_C(1) << bits) - in_chunk, inode->size - offset);
	return 0;
}

static int map_compressed(const struct erofs_image *image, struct erofs_file *file,
			  uint64_t offset, struct erofs_extent *ret, struct error *error)
{
	int r = 0;

	if (!file->has_index)
		r = erofs_read_index(image, &file->inode, &file->index, error);
	file->has_index = r == 0;
	if (r == 0)
		r = erofs_map_cluster(image, &file->inode, &file->index, offset, ret,
				      error);
	if (r == 0 && ret->storage == EROFS_FRAGMENT && !image->packed)
		r = error_bad(error, ERROR_NO_OFFSET,
			      "ends in a packed inode, which the image does not have");
	if (r == 0 && ret->storage == EROFS_FRAGMENT &&
	    (file == image->packed || file == image->metabox))
		r = error_bad(error, ERROR_NO_OFFSET,
			      "is the packed inode or the metabox, and has a fragment");
	return r;
}

/* @offset is below the size. */
static int map(const struct erofs_image *image, struct erofs_file *file, uint64_t offset,
	       struct erofs_extent *ret, struct error *error)
{
	const struct erofs_inode *inode = &file->inode;
	int r = 0;

	*ret = (struct erofs_extent){.storage = EROFS_STORED, .offset = offset};
	switch (inode->layout) {
	case EROFS_PLAIN:
		ret->storage = inode->hole ? EROFS_HOLE : EROFS_STORED;
		ret->at = (inode->block << image->super.block_bits) + offset;
		ret->size = inode->size - offset;
		break;
	case EROFS_INLINE:
		r = map_inline(image, inode, offset, ret, error);
		break;
	case EROFS_CHUNKED:
		r = map_chunk(image, inode, offset, ret, error);
		break;
	case EROFS_COMPRESSED_FULL:
	case EROFS_COMPRESSED_COMPACT:
		return map_compressed(image, file, offset, ret, error);
	}
	ret->stored = ret->size;
	return r;
}

/* A part of a file that is to be read. */
struct request {
	struct erofs_file *file;
	uint64_t offset; /* in the file, bytes */
	uint8_t *to;
	size_t size;
	bool table; /* not for the contents of a file */
};

static int read_stored(const struct erofs_image *image, const struct request *request,
		       const struct erofs_extent *extent, uint64_t at, size_t size,
		       struct error *error)
{
	if (extent->boxed)
		return erofs_read_meta(image, true, at, request->to, size, error);
	return request->table ? erofs_read_table(image, at, request->to, size, error)
			      : source_read(image->source, at, request->to, size, error);
}

/*
 * Blocks of which each byte stands at its offset in a block: what comes before the end of
 * the first one is at the end of the cluster (z_erofs_transform_plain(), 6.18).
 */
static int read_rotated(const struct erofs_image *image, const struct request *request,
			const struct erofs_extent *extent, size_t *size,
			struct error *error)
{
	uint64_t block_size = image->super.info.block_size;
	uint64_t at_end = block_size - extent->offset % block_size;
	uint64_t in = request->offset - extent->offset;

	if (at_end > extent->stored)
		return error_bad(error, extent->at,
				 "%" PRIu64 " bytes are interlaced, must be a block",
				 extent->stored);
	if (in >= at_end)
		return read_stored(image, request, extent, extent->at + (in - at_end),
				   *size, error);
	*size = (size_t)MIN(*size, at_end - in);
	return read_stored(image, request, extent,
			   extent->at + extent->stored - at_end + in, *size, error);
}

static int read_compressed(const struct erofs_image *image, const struct request *request,
			   const struct erofs_extent *extent, size_t size,
			   struct error *error)
{
	const uint8_t *bytes;
	int r = 0;

	if (request->table && image->range && !extent->boxed)
		r = image->range(image->range_context, extent->at, extent->stored);
	if (r == 0)
		r = erofs_read_cluster(image, request->file, extent, &bytes, error);
	if (r == 0)
		memcpy(request->to, bytes + (request->offset - extent->offset), size);
	return r;
}

static int read_bytes(const struct erofs_image *image, struct request request,
		      struct error *error);

/* Whether the packed inode has these bytes. */
static int check_fragment(const struct erofs_image *image, uint64_t at, uint64_t size,
			  struct error *error)
{
	uint64_t there = image->packed->inode.size;

	if (at <= there && size <= there - at)
		return 0;
	return error_bad(error, ERROR_NO_OFFSET,
			 "ends in bytes %" PRIu64 " to %" PRIu64
			 " of the packed inode, which has %" PRIu64,
			 at, at + size, there);
}

static int read_fragment(const struct erofs_image *image, const struct request *request,
			 const struct erofs_extent *extent, size_t size,
			 struct error *error)
{
	uint64_t in = request->offset - extent->offset;
	int r = check_fragment(image, extent->at, extent->size, error);

	/* Once only: map() lets no packed inode have fragments. */
	return r < 0 ? r
		     : read_bytes(image,
				  (struct request){image->packed, extent->at + in,
						   request->to, size, request->table},
				  error);
}

static int read_piece(const struct erofs_image *image, const struct request *request,
		      const struct erofs_extent *extent, size_t *size,
		      struct error *error)
{
	uint64_t in = request->offset - extent->offset;

	switch (extent->storage) {
	case EROFS_HOLE:
		memset(request->to, 0, *size);
		return 0;
	case EROFS_STORED:
	case EROFS_SHIFTED:
		return read_stored(image, request, extent, extent->at + in, *size, error);
	case EROFS_ROTATED:
		return read_rotated(image, request, extent, size, error);
	case EROFS_FRAGMENT:
		return read_fragment(image, request, extent, *size, error);
	case EROFS_COMPRESSED:
		break;
	}
	return read_compressed(image, request, extent, *size, error);
}

static int read_bytes(const struct erofs_image *image, struct request request,
		      struct error *error)
{
	while (request.size > 0) {
		struct erofs_extent extent;
		size_t piece;
		int r = map(image, request.file, request.offset, &extent, error);

		if (r != 0)
			return r;
		piece = (size_t)MIN(extent.offset + extent.size - request.offset,
				    (uint64_t)request.size);
		r = read_piece(image, &request, &extent, &piece, error);
		if (r != 0)
			return r;
		request.to += piece;
		request.offset += piece;
		request.size -= piece;
	}
	return 0;
}

static int read_tables(const struct erofs_image *image, struct erofs_file *file,
		       uint64_t offset, void *buffer, size_t size, struct error *error)
{
	uint64_t there = file->inode.size;

	if (offset > there || size > there - offset)
		return error_bad(error, ERROR_NO_OFFSET,
				 "bytes %" PRIu64 " to %" PRIu64
				 " are wanted of an inode with %" PRIu64,
				 offset, offset + size, there);
	return read_bytes(image, (struct request){file, offset, buffer, size, true},
			  error);
}

int erofs_read_body(const struct erofs_image *image, const struct erofs_inode *inode,
		    uint64_t offset, void *buffer, size_t size, struct error *error)
{
	struct erofs_file file = {.inode = *inode};

	if (image->packed && inode == &image->packed->inode)
		return read_tables(image, image->packed, offset, buffer, size, error);
	return read_tables(image, &file, offset, buffer, size, error);
}

int erofs_read_meta(const struct erofs_image *image, bool boxed, uint64_t offset,
		    void *buffer, size_t size, struct error *error)
{
	int r;

	if (!boxed)
		return erofs_read_table(image, offset, buffer, size, error);
	r = read_tables(image, image->metabox, offset, buffer, size, error);
	return r < 0 ? error_wrap(error, r, "metabox") : r;
}

static int content_read(void *state, uint64_t offset, void *buffer, size_t size,
			struct error *error)
{
	struct content *content = state;

	return read_bytes(content->image,
			  (struct request){&content->file, offset, buffer, size, false},
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
	*content = (struct content){erofs_image_ref(image), {.inode = *inode}};
	return source_custom(&content_ops, content, inode->size);
}

static struct content *content_of(const struct source *source, struct error *error)
{
	struct content *content = source_custom_state(source, &content_ops);

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

/* Where bytes @from up to @to of a file are. */
static int tell_extents(struct erofs_image *image, struct erofs_file *file, uint64_t from,
			uint64_t to, erofs_range_t range, void *context,
			struct error *error)
{
	int r = 0;

	while (r == 0 && from < to) {
		struct erofs_extent extent;

		r = map(image, file, from, &extent, error);
		if (r != 0)
			return r;
		/* An extent of a compressed file has an entry for each of its clusters.
		 */
		image->n_extents += 1 + (extent.storage >= EROFS_SHIFTED
						 ? extent.size >> file->index.bits
						 : 0);
		if (image->n_extents > LIMIT_IMAGE_EXTENTS)
			return error_set(error, -E2BIG,
					 "has more than %" PRIu32 " pieces of files",
					 LIMIT_IMAGE_EXTENTS);
		if (extent.storage == EROFS_FRAGMENT)
			r = check_fragment(image, extent.at, extent.size, error);
		if (r == 0 && extent.storage == EROFS_FRAGMENT)
			r = tell_extents(image, image->packed,
					 extent.at + (from - extent.offset),
					 extent.at + extent.size, range, context, error);
		else if (r == 0 && extent.boxed)
			r = tell_extents(image, image->metabox, extent.at,
					 extent.at + extent.stored, range, context,
					 error);
		else if (r == 0 && extent.storage == EROFS_STORED)
			r = range(context, extent.at, MIN(extent.size, to - from));
		else if (r == 0 && extent.storage != EROFS_HOLE)
			r = range(context, extent.at, extent.stored);
		from = extent.offset + extent.size;
	}
	return r;
}

int erofs_metabox_range(struct erofs_image *image, struct error *error)
{
	struct erofs_file *box = image->metabox;

	return box ? tell_extents(image, box, 0, box->inode.size, image->range,
				  image->range_context, error)
		   : 0;
}

int erofs_content_extents(const struct source *source,
			  int (*range)(void *context, uint64_t offset, uint64_t size),
			  void *context, struct error *error)
{
	struct content *content = content_of(source, error);

	if (!content)
		return -EINVAL;
	return tell_extents(content->image, &content->file, 0, content->file.inode.size,
			    range, context, error);
}
