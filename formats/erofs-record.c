/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Indexes that have a record for each extent, of Linux 6.15 (fs/erofs/zmap.c,
 * z_erofs_map_blocks_ext()). What is stored begins and ends at any byte.
 */

#include <inttypes.h>

#include "formats/core/cursor.h"
#include "formats/erofs-index.h"

#define STORED_MASK    UINT32_C(0x1fffff) /* bytes */
#define STORED_PARTIAL UINT32_C(0x8000000)
#define ALGORITHM_BIT  28 /* of the algorithm and one; 0: it is not compressed */

struct record {
	uint64_t number;
	uint64_t offset; /* in the file, bytes */
	uint64_t at;     /* in the image, bytes */
	uint32_t stored; /* bytes and flags */
};

uint64_t erofs_records_at(const struct erofs_inode *inode,
			  const struct erofs_index *index)
{
	uint64_t at = erofs_index_at(inode) + EROFS_INDEX_HEADER;

	at = (at + index->record_size - 1) / index->record_size * index->record_size;
	/* The smallest ones do not say where their extents are, but for the first. */
	return index->record_size == 4 ? at + 8 : at;
}

/* 0 bytes stored and flags   4 place (8 bytes, or 4)   12 offset in the file (8, or 4).
 */
static int read_record(const struct erofs_image *image, const struct erofs_inode *inode,
		       const struct erofs_index *index, uint64_t number,
		       struct record *ret, struct error *error)
{
	uint64_t at = erofs_records_at(inode, index) + number * index->record_size;
	uint8_t bytes[32];
	struct cursor cursor = cursor_make(span_make(bytes, index->record_size));
	int r = erofs_read_cached(image, inode->boxed, at, bytes, index->record_size,
				  error);

	if (r != 0)
		return r;
	*ret = (struct record){.number = number, .offset = number << index->bits};
	ret->stored = cursor_le32(&cursor);
	if (index->record_size >= 8)
		ret->at = cursor_le32(&cursor);
	if (index->record_size < 16)
		return 0;
	ret->at |= (uint64_t)cursor_le32(&cursor) << 32;
	ret->offset = cursor_le32(&cursor);
	if (index->record_size == 32)
		ret->offset |= (uint64_t)cursor_le32(&cursor) << 32;
	return 0;
}

/* Extents that follow each other in the image: from the last one that was asked for. */
static int find_place(const struct erofs_image *image, const struct erofs_inode *inode,
		      struct erofs_index *index, struct record *record,
		      struct error *error)
{
	struct record before;
	uint8_t bytes[8];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	int r = 0;

	if (index->known_at == UINT64_MAX || record->number < index->known) {
		r = erofs_read_cached(image, inode->boxed,
				      erofs_records_at(inode, index) - 8, bytes,
				      sizeof(bytes), error);
		index->known = 0;
		index->known_at = cursor_le64(&cursor);
	}
	for (; r == 0 && index->known < record->number; index->known++) {
		r = read_record(image, inode, index, index->known, &before, error);
		if (r == 0)
			index->known_at += before.stored & STORED_MASK;
	}
	record->at = index->known_at;
	return r;
}

/* The last record that begins at @offset or before it, and where its extent ends. */
static int find_record(const struct erofs_image *image, const struct erofs_inode *inode,
		       const struct erofs_index *index, uint64_t offset,
		       struct record *ret, uint64_t *ret_end, struct error *error)
{
	uint64_t low = 0, high = index->n_records, end = inode->size;
	struct record record;

	*ret = (struct record){.number = UINT64_MAX};
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		int r = read_record(image, inode, index, middle, &record, error);

		if (r != 0)
			return r;
		if (record.offset > offset) {
			high = middle;
			end = MIN(end, record.offset);
		} else {
			low = middle + 1;
			*ret = record;
		}
	}
	*ret_end = end;
	return 0;
}

static int set_stored(const struct erofs_image *image, const struct erofs_index *index,
		      const struct record *record, struct erofs_extent *extent,
		      struct error *error)
{
	uint64_t block_size = image->super.info.block_size;
	unsigned format = record->stored >> ALGORITHM_BIT;

	extent->at = record->at;
	extent->stored = record->stored & STORED_MASK;
	extent->partial = record->stored & STORED_PARTIAL;
	if (extent->stored == 0) {
		extent->storage = EROFS_HOLE;
		return 0;
	}
	if (extent->stored > EROFS_MAX_STORED || extent->size > EROFS_MAX_EXTENT)
		return error_bad(error, ERROR_NO_OFFSET,
				 "extent %" PRIu64 " has %" PRIu64 " bytes in %" PRIu64
				 ", at most 12 MiB in 1 MiB are possible",
				 record->number, extent->size, extent->stored);
	if (format > 0)
		return erofs_set_algorithm(image, format - 1, ERROR_NO_OFFSET, extent,
					   error);
	extent->storage = EROFS_SHIFTED;
	if ((index->advise & EROFS_ADVISE_INTERLACED) &&
	    (extent->at | extent->stored) % block_size == 0)
		extent->storage = EROFS_ROTATED;
	if (extent->size > extent->stored)
		return error_bad(error, ERROR_NO_OFFSET,
				 "extent %" PRIu64 " has %" PRIu64 " bytes, and %" PRIu64
				 " are stored of it",
				 record->number, extent->size, extent->stored);
	return 0;
}

int erofs_map_record(const struct erofs_image *image, const struct erofs_inode *inode,
		     struct erofs_index *index, uint64_t offset, struct erofs_extent *ret,
		     struct error *error)
{
	struct record record;
	uint64_t end = 0;
	int r;

	if (index->record_size <= 8) {
		r = read_record(image, inode, index, offset >> index->bits, &record,
				error);
		end = MIN(((offset >> index->bits) + 1) << index->bits, inode->size);
		if (r == 0 && index->record_size == 4)
			r = find_place(image, inode, index, &record, error);
	} else {
		r = find_record(image, inode, index, offset, &record, &end, error);
	}
	if (r != 0)
		return r;
	*ret = (struct erofs_extent){.storage = EROFS_HOLE,
				     .offset = record.offset,
				     .size = end - record.offset};
	if (record.number == UINT64_MAX)
		return 0;
	if (record.number + 1 < index->n_records ||
	    !(index->advise & EROFS_ADVISE_FRAGMENT))
		return set_stored(image, index, &record, ret, error);
	ret->storage = EROFS_FRAGMENT;
	ret->at = record.stored | (index->record_size > 4 ? record.at << 32 : 0);
	ret->stored = ret->size;
	return 0;
}
