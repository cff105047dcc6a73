/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The extents of a compressed file (fs/erofs/zmap.c, 6.12). */

#include <inttypes.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/erofs-index.h"

#define MAX_COMPACT_BITS 14
#define WHOLE_FRAGMENT   0x80 /* in the byte of the cluster's bits: all of the file */

/* From the entry at @offset to the head of its extent, by the distances. */
static int find_head(const struct erofs_image *image, const struct erofs_inode *inode,
		     const struct erofs_index *index, uint64_t offset,
		     struct erofs_entry *entry, struct error *error)
{
	uint64_t first = offset >> index->bits;
	unsigned in = (unsigned)(offset & ((UINT64_C(1) << index->bits) - 1));

	if (entry->kind != EROFS_KIND_DISTANT && in >= entry->start)
		return 0;
	if (entry->kind != EROFS_KIND_DISTANT)
		entry->back = 1;
	do {
		uint64_t number = entry->number - entry->back;
		int r;

		if (entry->back == 0 || entry->back > entry->number)
			return erofs_bad_entry(entry, "has no head before it", error);
		/* Linux, too: z_erofs_map_blocks_iter(). */
		if ((first - number - 1) << index->bits > EROFS_MAX_EXTENT)
			return erofs_bad_entry(
				entry, "has its head more than 12 MiB before it", error);
		r = erofs_read_entry(image, inode, index, number, entry, error);
		if (r != 0)
			return r;
	} while (entry->kind == EROFS_KIND_DISTANT);
	return 0;
}

/*
 * The bytes of the file up to the next head. All the entries before it must lead to this
 * one, so that it is the same extent wherever a reader comes from.
 */
static int find_end(const struct erofs_image *image, const struct erofs_inode *inode,
		    const struct erofs_index *index, const struct erofs_entry *head,
		    uint64_t *ret, struct error *error)
{
	for (unsigned i = 1; (uint64_t)i << index->bits <= EROFS_MAX_EXTENT + head->start;
	     i++) {
		uint64_t number = head->number + i, end = number << index->bits;
		struct erofs_entry entry;
		int r;

		if (end >= inode->size) {
			*ret = inode->size;
			return 0;
		}
		r = erofs_read_entry(image, inode, index, number, &entry, error);
		if (r != 0)
			return r;
		if (entry.kind != EROFS_KIND_DISTANT) {
			*ret = MIN(end + entry.start, inode->size);
			return 0;
		}
		if (entry.back == 0 || entry.back > i)
			return erofs_bad_entry(&entry, "does not lead to its head",
					       error);
		if (entry.n_blocks > 0 && i != 1)
			return erofs_bad_entry(&entry, "counts blocks far from its head",
					       error);
	}
	return erofs_bad_entry(head, "begins an extent of more than 12 MiB", error);
}

/* The blocks of a physical cluster, which the entry behind the head may say. */
static int count_blocks(const struct erofs_image *image, const struct erofs_inode *inode,
			const struct erofs_index *index, const struct erofs_entry *head,
			unsigned *ret, struct error *error)
{
	unsigned big =
		head->kind == EROFS_KIND_HEAD1 ? EROFS_ADVISE_BIG1 : EROFS_ADVISE_BIG2;
	struct erofs_entry entry;
	int r;

	*ret = 1;
	if (!(index->advise & big) || (head->number + 1) << index->bits >= inode->size)
		return 0;
	r = erofs_read_entry(image, inode, index, head->number + 1, &entry, error);
	if (r != 0 || entry.kind != EROFS_KIND_DISTANT)
		return r;
	if (entry.n_blocks == 0)
		return erofs_bad_entry(&entry, "does not count the blocks of its head",
				       error);
	*ret = entry.n_blocks;
	return 0;
}

int erofs_set_algorithm(const struct erofs_image *image, unsigned algorithm, uint64_t at,
			struct erofs_extent *extent, struct error *error)
{
	extent->storage = EROFS_COMPRESSED;
	extent->algorithm = algorithm;
	if (algorithm >= EROFS_N_ALGORITHMS)
		return error_set(
			error, -EOPNOTSUPP,
			"is compressed with algorithm %u, which is not read here",
			algorithm);
	if (!(image->super.info.algorithms & 1U << algorithm))
		return error_bad(error, at,
				 "is compressed with %s, which the superblock does not "
				 "announce",
				 erofs_algorithm_name((enum erofs_algorithm)algorithm));
	return 0;
}

static int set_storage(const struct erofs_image *image, const struct erofs_index *index,
		       const struct erofs_entry *head, struct erofs_extent *extent,
		       struct error *error)
{
	if (head->kind == EROFS_KIND_PLAIN) {
		extent->storage = index->advise & EROFS_ADVISE_INTERLACED ? EROFS_ROTATED
									  : EROFS_SHIFTED;
		if (extent->size > extent->stored)
			return erofs_bad_entry(
				head, "is longer than what is stored of it", error);
		return 0;
	}
	return erofs_set_algorithm(image,
				   index->algorithms[head->kind == EROFS_KIND_HEAD2],
				   head->next_at - 1, extent, error);
}

static int map_last(const struct erofs_image *image, const struct erofs_inode *inode,
		    const struct erofs_index *index, const struct erofs_entry *head,
		    struct erofs_extent *extent, struct error *error)
{
	uint64_t block_size = image->super.info.block_size;

	extent->size = inode->size - extent->offset;
	if (index->tail == EROFS_TAIL_FRAGMENT) {
		extent->storage = EROFS_FRAGMENT;
		extent->at = index->tail_at;
		extent->stored = extent->size;
		return 0;
	}
	extent->at = index->tail_at;
	extent->stored = index->tail_stored;
	extent->boxed = inode->boxed;
	if (extent->size > EROFS_MAX_EXTENT)
		return erofs_bad_entry(head, "begins an extent of more than 12 MiB",
				       error);
	if (index->tail_at % block_size + extent->stored > block_size)
		return error_bad(error, extent->at,
				 "%" PRIu64 " compressed bytes behind an index cross the "
				 "end of a block",
				 extent->stored);
	return set_storage(image, index, head, extent, error);
}

int erofs_map_cluster(const struct erofs_image *image, const struct erofs_inode *inode,
		      struct erofs_index *index, uint64_t offset,
		      struct erofs_extent *ret, struct error *error)
{
	uint64_t head_at, end = 0;
	struct erofs_entry head;
	unsigned n_blocks;
	int r;

	*ret = (struct erofs_extent){.offset = index->tail_offset};
	if (index->tail == EROFS_TAIL_FRAGMENT && offset >= index->tail_offset)
		return map_last(image, inode, index, NULL, ret, error);
	if (index->record_size > 0)
		return erofs_map_record(image, inode, index, offset, ret, error);
	r = erofs_read_entry(image, inode, index, offset >> index->bits, &head, error);
	if (r == 0)
		r = find_head(image, inode, index, offset, &head, error);
	if (r != 0)
		return r;
	head_at = (head.number << index->bits) + head.start;
	ret->offset = head_at;
	ret->partial = head.partial;
	if (index->tail == EROFS_TAIL_INLINE && head_at == index->tail_offset)
		return map_last(image, inode, index, &head, ret, error);
	r = find_end(image, inode, index, &head, &end, error);
	if (r == 0)
		r = count_blocks(image, inode, index, &head, &n_blocks, error);
	if (r != 0)
		return r;
	ret->size = end - head_at;
	ret->at = (uint64_t)head.block << image->super.block_bits;
	ret->stored = (uint64_t)n_blocks << image->super.block_bits;
	if (offset >= end || ret->size > EROFS_MAX_EXTENT)
		return erofs_bad_entry(&head, "begins an extent of an impossible size",
				       error);
	if (ret->stored > EROFS_MAX_STORED)
		return erofs_bad_entry(&head, "is stored in more than 1 MiB", error);
	return set_storage(image, index, &head, ret, error);
}

/* The last extent, if it is not in blocks of its own. */
static int find_tail(const struct erofs_image *image, const struct erofs_inode *inode,
		     struct erofs_index *index, struct error *error)
{
	struct erofs_entry head;
	int r = erofs_read_entry(image, inode, index, (inode->size - 1) >> index->bits,
				 &head, error);

	if (r != 0)
		return r;
	if (index->tail == EROFS_TAIL_INLINE)
		index->tail_at = head.next_at;
	r = find_head(image, inode, index, inode->size - 1, &head, error);
	if (r != 0)
		return r;
	index->tail_offset = (head.number << index->bits) + head.start;
	if (index->tail == EROFS_TAIL_FRAGMENT && inode->layout == EROFS_COMPRESSED_FULL)
		index->tail_at |= (uint64_t)head.block << 32;
	return 0;
}

static int check_advise(const struct erofs_image *image, const struct erofs_inode *inode,
			const struct erofs_index *index, uint64_t at, struct error *error)
{
	bool compact = inode->layout == EROFS_COMPRESSED_COMPACT;
	unsigned big = index->advise & (EROFS_ADVISE_BIG1 | EROFS_ADVISE_BIG2);

	if ((index->advise & ~EROFS_ADVISE_READ) ||
	    (!compact && (index->advise & EROFS_ADVISE_SMALL)))
		return error_set_at(error, -EOPNOTSUPP, at + 4,
				    "is compressed in a way (%#x) that is not read here",
				    index->advise);
	/* Linux, too: z_erofs_fill_inode_lazy(). */
	if (big && !(image->super.features & EROFS_COMPRESSION))
		return error_bad(error, at + 4,
				 "has clusters of several blocks, which the superblock "
				 "does not announce");
	if (compact && (big == EROFS_ADVISE_BIG1 || big == EROFS_ADVISE_BIG2))
		return error_bad(error, at + 4,
				 "has clusters of several blocks for one algorithm only");
	if (compact && index->bits > MAX_COMPACT_BITS)
		return error_bad(
			error, at + 7,
			"has logical clusters of 2^%u bytes, at most 2^%d can be "
			"in a compact index",
			index->bits, MAX_COMPACT_BITS);
	return 0;
}

/* Small records have one for each logical cluster, large ones are counted. */
static int read_records(const struct erofs_inode *inode, uint64_t header,
			struct erofs_index *index, struct error *error)
{
	index->record_size = EROFS_RECORD_SIZE(index->advise);
	index->n_records = (header & UINT32_MAX) | header >> 48 << 32;
	if (index->record_size <= 8)
		index->n_records = ((inode->size - 1) >> index->bits) + 1;
	if (index->n_records > INT64_MAX / index->record_size)
		return error_bad(error, erofs_index_at(inode), "has %" PRIu64 " extents",
				 index->n_records);
	index->known_at = UINT64_MAX;
	return 0;
}

/*
 * The header: 0 offset of the fragment, or (2) size of the inline cluster   4 advise
 * 6 two algorithms   7 bits of a logical cluster more than those of a block. Or all of it
 * is the offset of a fragment. With records, 0 and 6 are the number of extents.
 */
int erofs_read_index(const struct erofs_image *image, const struct erofs_inode *inode,
		     struct erofs_index *ret, struct error *error)
{
	uint64_t at = erofs_index_at(inode), value;
	uint8_t bytes[EROFS_INDEX_HEADER];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	int r = erofs_read_cached(image, inode->boxed, at, bytes, sizeof(bytes), error);

	if (r != 0)
		return r;
	value = cursor_le64(&cursor);
	*ret = (struct erofs_index){.tail_offset = UINT64_MAX};
	if (bytes[7] & WHOLE_FRAGMENT) {
		ret->tail = EROFS_TAIL_FRAGMENT;
		ret->tail_offset = 0;
		ret->tail_at = value & INT64_MAX;
		return 0;
	}
	ret->advise = bytes[4] | (unsigned)bytes[5] << 8;
	ret->algorithms[0] = bytes[6] & 0xf;
	ret->algorithms[1] = bytes[6] >> 4;
	ret->bits = image->super.block_bits + (bytes[7] & 0xf);
	if (inode->layout == EROFS_COMPRESSED_FULL &&
	    (ret->advise & EROFS_ADVISE_RECORDS) && (image->super.features & EROFS_48BIT))
		return read_records(inode, value, ret, error);
	r = check_advise(image, inode, ret, at, error);
	if (r != 0)
		return r;
	ret->tail_stored = (value >> 16) & 0xffff;
	if (ret->advise & EROFS_ADVISE_FRAGMENT) {
		ret->tail = EROFS_TAIL_FRAGMENT;
		ret->tail_at = value & UINT32_MAX;
	} else if ((ret->advise & EROFS_ADVISE_INLINE) && ret->tail_stored > 0) {
		ret->tail = EROFS_TAIL_INLINE;
	} else {
		return 0;
	}
	return find_tail(image, inode, ret, error);
}

int erofs_index_range(const struct erofs_image *image, const struct erofs_inode *inode,
		      erofs_range_t range, void *context, struct error *error)
{
	uint64_t at = erofs_index_at(inode);
	struct erofs_entry last;
	struct erofs_index index;
	int r = erofs_read_index(image, inode, &index, error);

	if (r != 0 || inode->boxed)
		return r;
	if (index.tail_offset == 0 && index.bits == 0)
		return range(context, at, EROFS_INDEX_HEADER);
	if (index.record_size > 0)
		return range(context, at,
			     erofs_records_at(inode, &index) - at +
				     index.n_records * index.record_size);
	r = erofs_read_entry(image, inode, &index, (inode->size - 1) >> index.bits, &last,
			     error);
	return r != 0 ? r : range(context, at, last.next_at - at);
}
