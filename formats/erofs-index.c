/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The entries of an index, full or compact (fs/erofs/zmap.c, 6.12). */

#include "formats/erofs-index.h"

#include <inttypes.h>

#include "formats/core/cursor.h"

#define FULL_GAP        8 /* between the header and a full index, unused */
#define FULL_ENTRY_SIZE 8
#define MAX_SMALL_BITS  12 /* of logical clusters whose entries have 2 bytes */

#define PARTIAL         0x8000 /* in an entry: more is in the physical cluster */
#define BLOCK_COUNT     0x0800 /* in a distance: it is a number of blocks instead */

/* A pack of entries in a compact index: fields of bits, and the number of a block. */
struct pack {
	uint8_t bytes[32];
	uint64_t at;
	unsigned size;   /* bytes */
	unsigned n;      /* entries */
	unsigned n_bits; /* of one entry: its low part and two bits of its kind */
	unsigned n_low;
};

uint64_t erofs_index_at(const struct erofs_inode *inode)
{
	return (inode->body_at + 7) / 8 * 8;
}

static uint64_t entries_at(const struct erofs_inode *inode)
{
	uint64_t at = erofs_index_at(inode) + EROFS_INDEX_HEADER;

	return inode->layout == EROFS_COMPRESSED_FULL ? at + FULL_GAP : at;
}

int erofs_bad_entry(const struct erofs_entry *entry, const char *what,
		    struct error *error)
{
	return error_bad(error, entry->next_at - 1, "logical cluster %" PRIu64 " %s",
			 entry->number, what);
}

static int read_full(const struct erofs_image *image, const struct erofs_inode *inode,
		     const struct erofs_index *index, struct erofs_entry *entry,
		     struct error *error)
{
	uint64_t at = entries_at(inode) + entry->number * FULL_ENTRY_SIZE;
	uint8_t bytes[FULL_ENTRY_SIZE];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	unsigned advise, start;
	int r = erofs_read_cached(image, inode->boxed, at, bytes, sizeof(bytes), error);

	if (r != 0)
		return r;
	advise = cursor_le16(&cursor);
	start = cursor_le16(&cursor);
	entry->next_at = at + sizeof(bytes);
	entry->kind = (enum erofs_kind)(advise & 3);
	if (entry->kind != EROFS_KIND_DISTANT) {
		entry->start = start;
		entry->block = cursor_le32(&cursor);
		entry->partial = advise & PARTIAL;
		return 0;
	}
	entry->back = cursor_le16(&cursor);
	if (!(entry->back & BLOCK_COUNT))
		return 0;
	if (!(index->advise & (EROFS_ADVISE_BIG1 | EROFS_ADVISE_BIG2)))
		return erofs_bad_entry(entry, "counts blocks, the file has none to count",
				       error);
	entry->n_blocks = entry->back & ~(unsigned)BLOCK_COUNT;
	entry->back = 1;
	return 0;
}

/*
 * A compact index has packs of two entries of 4 bytes up to a multiple of 32 bytes, then,
 * if so advised, packs of sixteen entries of 2 bytes, then packs of two again.
 */
static int read_pack(const struct erofs_image *image, const struct erofs_inode *inode,
		     const struct erofs_index *index, uint64_t number, struct pack *ret,
		     unsigned *ret_entry, struct error *error)
{
	uint64_t block_size = image->super.info.block_size;
	uint64_t at = entries_at(inode), n = (inode->size + block_size - 1) / block_size;
	uint64_t n_first = (32 - at % 32) / 4 % 8, n_small = 0;
	unsigned unit = 4;

	if ((index->advise & EROFS_ADVISE_SMALL) && n_first < n)
		n_small = (n - n_first) / 16 * 16;
	if (number >= n_first) {
		at += n_first * 4;
		number -= n_first;
		if (number < n_small) {
			unit = 2;
		} else {
			at += n_small * 2;
			number -= n_small;
		}
	}
	if (unit == 2 && index->bits > MAX_SMALL_BITS)
		return error_set(error, -EOPNOTSUPP,
				 "has entries of 2 bytes for logical clusters of 2^%u "
				 "bytes",
				 index->bits);
	at += number * unit;
	ret->n = unit == 2 ? 16 : 2;
	ret->size = ret->n * unit;
	ret->at = at / ret->size * ret->size;
	ret->n_low = MAX(index->bits, 12U);
	ret->n_bits = (ret->size - 4) * 8 / ret->n;
	*ret_entry = (unsigned)(at - ret->at) / unit;
	return erofs_read_cached(image, inode->boxed, ret->at, ret->bytes, ret->size,
				 error);
}

static enum erofs_kind pack_entry(const struct pack *pack, unsigned entry,
				  unsigned *ret_low)
{
	unsigned bit = entry * pack->n_bits;
	struct cursor cursor =
		cursor_make(span_make(pack->bytes + bit / 8, pack->size - bit / 8));
	uint32_t value = cursor_le32(&cursor) >> bit % 8;

	*ret_low = value & ((1U << pack->n_low) - 1);
	return (enum erofs_kind)(value >> pack->n_low & 3);
}

/* The blocks that the heads before @entry take, from the pack's number on. */
static int pack_blocks(const struct pack *pack, unsigned entry, bool big, unsigned *ret)
{
	int i = (int)entry;
	unsigned n = big ? 0 : 1, low;

	while (i > 0) {
		enum erofs_kind kind = pack_entry(pack, (unsigned)--i, &low);

		if (kind != EROFS_KIND_DISTANT) {
			n++;
		} else if (!big) {
			i -= (int)low;
			n += i >= 0;
		} else if (low & BLOCK_COUNT) {
			i--;
			n += low & ~(unsigned)BLOCK_COUNT;
		} else if (low > 1) {
			i -= (int)low - 2;
		} else {
			return -EBADMSG;
		}
	}
	*ret = n;
	return 0;
}

/* The last entry of a pack says how far the next head is, not how far its own. */
static unsigned pack_distance(const struct pack *pack, unsigned entry, unsigned low)
{
	if (entry + 1 != pack->n)
		return low;
	if (pack_entry(pack, entry - 1, &low) != EROFS_KIND_DISTANT)
		return 1;
	return low & BLOCK_COUNT ? 2 : low + 1;
}

static int read_compact(const struct erofs_image *image, const struct erofs_inode *inode,
			const struct erofs_index *index, struct erofs_entry *ret,
			struct error *error)
{
	bool big = index->advise & EROFS_ADVISE_BIG1;
	struct pack pack = {.n = 2};
	unsigned entry = 0, low, n_before;
	struct cursor cursor;
	int r = read_pack(image, inode, index, ret->number, &pack, &entry, error);

	if (r != 0)
		return r;
	ret->next_at = pack.at + pack.size;
	ret->kind = pack_entry(&pack, entry, &low);
	if (ret->kind == EROFS_KIND_DISTANT) {
		if (!(low & BLOCK_COUNT)) {
			ret->back = pack_distance(&pack, entry, low);
			return 0;
		}
		if (!big)
			return erofs_bad_entry(
				ret, "counts blocks, the file has none to count", error);
		ret->n_blocks = low & ~(unsigned)BLOCK_COUNT;
		ret->back = 1;
		return 0;
	}
	ret->start = low;
	if (pack_blocks(&pack, entry, big, &n_before) < 0)
		return erofs_bad_entry(ret, "is behind one with an impossible distance",
				       error);
	cursor = cursor_make(span_make(pack.bytes + pack.size - 4, 4));
	ret->block = cursor_le32(&cursor) + n_before;
	return 0;
}

int erofs_read_entry(const struct erofs_image *image, const struct erofs_inode *inode,
		     const struct erofs_index *index, uint64_t number,
		     struct erofs_entry *ret, struct error *error)
{
	int r;

	*ret = (struct erofs_entry){.number = number};
	if (inode->layout == EROFS_COMPRESSED_FULL)
		r = read_full(image, inode, index, ret, error);
	else
		r = read_compact(image, inode, index, ret, error);
	if (r != 0)
		return r;
	if (ret->kind != EROFS_KIND_DISTANT && ret->start >= UINT32_C(1) << index->bits)
		return erofs_bad_entry(ret, "has a head behind its end", error);
	return 0;
}
