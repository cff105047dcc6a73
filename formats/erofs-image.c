/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/erofs-image.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "formats/core/cursor.h"

#define MAGIC             "\xe2\xe1\xf5\xe0"
#define COMPAT_CHECKSUM   UINT32_C(0x01)
#define COMPAT_BOXED      UINT32_C(0x08) /* shared extended attributes */
#define COMPAT_PLAIN      UINT32_C(0x10) /* prefixes of extended attributes */
#define FEATURES_READ     UINT32_C(0x1ff)
#define MIN_BLOCK_BITS    9
#define MAX_BLOCK_BITS    16
#define SLOT_SIZE         16
#define INODE_UNIT        32
#define FORMAT_ALL        0x0f /* compact or extended, layout */
#define FORMAT_48BIT      0x1f /* and the flag */
#define FORMAT_FLAG       0x10 /* of one link, of a directory: without "." */
#define COMPACT_SIZE      32
#define EXTENDED_SIZE     64
#define XATTR_HEADER_SIZE 12

/* Fields of the superblock that errors point at, from its start. */
#define CHECKSUM_AT       4
#define BLOCK_BITS_AT     12
#define SLOTS_AT          13
#define BLOCKS_AT         36
#define FEATURES_AT       80
#define DEVICES_AT        86
#define DIR_BITS_AT       90
#define LARGE_ROOT_AT     112
#define METABOX_AT        128 /* in the first extension slot */

/* A page of the smallest machine: Linux reads the superblock from its first page. */
#define FIRST_PAGE        4096

bool erofs_probe(struct span head)
{
	return span_starts_with(head, MAGIC, 4);
}

/* CRC-32C as Linux' crc32c() has it: reflected, not inverted at the end. */
static uint32_t crc32c(uint32_t sum, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		sum ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? UINT32_C(0x82f63b78) : 0);
	}
	return sum;
}

/*
 * The sum is over the superblock's block without what stands before the superblock, its
 * own field taken as zero (fs/erofs/super.c, erofs_superblock_csum_verify(), 6.12).
 */
static int check_sum(const struct source *source, unsigned block_bits, uint32_t expected,
		     struct error *error)
{
	size_t size = (size_t)1 << block_bits;
	_cleanup_free_ uint8_t *bytes = NULL;
	uint32_t sum;
	int r;

	if (size > EROFS_SUPERBLOCK_AT)
		size -= EROFS_SUPERBLOCK_AT;
	bytes = malloc(size);
	if (!bytes)
		return error_memory(error);
	r = source_read(source, EROFS_SUPERBLOCK_AT, bytes, size, error);
	if (r < 0)
		return r;
	memset(bytes + CHECKSUM_AT, 0, 4);
	sum = crc32c(UINT32_MAX, bytes, size);
	if (sum != expected)
		return error_bad(error, EROFS_SUPERBLOCK_AT + CHECKSUM_AT,
				 "superblock has checksum %08" PRIx32
				 ", its bytes have %08" PRIx32,
				 expected, sum);
	return 0;
}

static int check_geometry(unsigned block_bits, unsigned n_slots, struct error *error)
{
	if (block_bits < MIN_BLOCK_BITS || block_bits > MAX_BLOCK_BITS)
		return error_bad(error, EROFS_SUPERBLOCK_AT + BLOCK_BITS_AT,
				 "superblock has blocks of 2^%u bytes, must be between "
				 "2^%d and 2^%d",
				 block_bits, MIN_BLOCK_BITS, MAX_BLOCK_BITS);
	if (EROFS_SUPERBLOCK_SIZE + n_slots * SLOT_SIZE >
	    FIRST_PAGE - EROFS_SUPERBLOCK_AT)
		return error_bad(
			error, EROFS_SUPERBLOCK_AT + SLOTS_AT,
			"superblock has %u extension slots, at most %d fit", n_slots,
			(FIRST_PAGE - EROFS_SUPERBLOCK_AT - EROFS_SUPERBLOCK_SIZE) /
				SLOT_SIZE);
	return 0;
}

static int check_features(uint32_t features, unsigned n_devices, unsigned directory_bits,
			  struct error *error)
{
	if (features & ~FEATURES_READ)
		return error_set_at(error, -EOPNOTSUPP, EROFS_SUPERBLOCK_AT + FEATURES_AT,
				    "erofs has the features %#" PRIx32
				    ", of which %#" PRIx32 " are not read here",
				    features, features & ~FEATURES_READ);
	if ((features & EROFS_DEVICE_TABLE) && n_devices > 0)
		return error_set_at(error, -EOPNOTSUPP, EROFS_SUPERBLOCK_AT + DEVICES_AT,
				    "erofs is spread over %u further devices", n_devices);
	if (directory_bits != 0)
		return error_set_at(error, -EOPNOTSUPP, EROFS_SUPERBLOCK_AT + DIR_BITS_AT,
				    "erofs has directories in units of 2^%u blocks",
				    directory_bits);
	return 0;
}

/* By the oldest version that has it: when fs/erofs/erofs_fs.h got them. */
static const struct {
	uint32_t features;
	unsigned algorithms;
	const char *version, *what;
} needs[] = {
	{0, 0, "5.4", "nothing newer"},
	{EROFS_COMPRESSION, 0, "5.13",
	 "clusters of several blocks or a list of algorithms"},
	{EROFS_CHUNKED_FILE, 0, "5.15", "contents in chunks"},
	{EROFS_DEVICE_TABLE, 0, "5.16", "a second algorithm in a file"},
	{0, 1U << EROFS_LZMA, "5.16", "lzma"},
	{EROFS_TAIL_PACKING, 0, "5.17", "clusters behind an index"},
	{EROFS_FRAGMENTS, 0, "6.1", "fragments or clusters that files share"},
	{EROFS_XATTR_PREFIXES, 0, "6.4", "prefixes of extended attributes"},
	{0, 1U << EROFS_DEFLATE, "6.6", "deflate"},
	{0, 1U << EROFS_ZSTD, "6.10", "zstd"},
	{EROFS_48BIT, 0, "6.15", "the 48-bit layout"},
	{EROFS_METABOX, 0, "6.17", "compressed metadata"},
};

static void find_needs(struct erofs_super *super)
{
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		if ((needs[i].features & ~super->features) != 0 ||
		    (needs[i].algorithms & ~super->info.algorithms) != 0)
			continue;
		super->info.needs_linux = needs[i].version;
		super->info.needs_for = needs[i].what;
	}
}

/* Its number is behind the fields that all superblocks have. */
static int read_metabox(const struct source *source, unsigned n_slots,
			struct erofs_super *super, struct error *error)
{
	uint8_t bytes[8];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	int r;

	if (!(super->features & EROFS_METABOX))
		return 0;
	if (n_slots == 0)
		return error_bad(error, EROFS_SUPERBLOCK_AT + SLOTS_AT,
				 "superblock has no extension slot for a metabox");
	r = source_read(source, EROFS_SUPERBLOCK_AT + METABOX_AT, bytes, sizeof(bytes),
			error);
	if (r == 0)
		super->metabox_nid = cursor_le64(&cursor);
	return r;
}

/* Then the place of the root's number has the upper bits of that of blocks. */
static uint64_t read_large_root(struct cursor *cursor, struct erofs_super *super)
{
	uint64_t high = super->root_nid, root;

	cursor->at = LARGE_ROOT_AT;
	root = cursor_le64(cursor);
	if (!(super->features & EROFS_48BIT) || root == 0)
		return 0;
	super->root_nid = root;
	return high << 32;
}

/*
 * Takes the superblock apart:
 *   0 magic, checksum, compatible features   12 bits of a block, extension slots
 *  14 root's nid, inodes, time               36 blocks, blocks of inodes and attributes
 *  48 UUID, name                             80 features, algorithms, devices
 *  90 bits of a directory's blocks, prefixes 96 nid of the packed inode
 * 112 root's nid, if it has 64 bits
 */
static int read_super(const struct source *source, struct erofs_super *ret,
		      struct error *error)
{
	uint8_t bytes[EROFS_SUPERBLOCK_SIZE];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	uint64_t n_blocks;
	uint32_t sum, compatible;
	unsigned n_slots, n_devices, directory_bits, algorithms;
	int r;

	if (source_size(source) < EROFS_SUPERBLOCK_AT + sizeof(bytes))
		return error_bad(
			error, 0,
			"has %" PRIu64 " bytes, an erofs superblock ends at byte %zu",
			source_size(source), EROFS_SUPERBLOCK_AT + sizeof(bytes));
	r = source_read(source, EROFS_SUPERBLOCK_AT, bytes, sizeof(bytes), error);
	if (r < 0)
		return r;
	if (!erofs_probe(cursor.span))
		return error_bad(error, EROFS_SUPERBLOCK_AT,
				 "has no erofs superblock at byte %d",
				 EROFS_SUPERBLOCK_AT);
	*ret = (struct erofs_super){0};
	cursor_skip(&cursor, 4);
	sum = cursor_le32(&cursor);
	compatible = cursor_le32(&cursor);
	ret->block_bits = cursor_u8(&cursor);
	n_slots = cursor_u8(&cursor);
	ret->root_nid = cursor_le16(&cursor);
	ret->info.n_inodes = cursor_le64(&cursor);
	ret->info.modified = (int64_t)cursor_le64(&cursor);
	cursor_skip(&cursor, 4);
	n_blocks = cursor_le32(&cursor);
	r = check_geometry(ret->block_bits, n_slots, error);
	if (r == 0 && (compatible & COMPAT_CHECKSUM))
		r = check_sum(source, ret->block_bits, sum, error);
	if (r < 0)
		return r;
	ret->info.block_size = UINT32_C(1) << ret->block_bits;
	ret->meta_at = (uint64_t)cursor_le32(&cursor) << ret->block_bits;
	ret->xattrs_at = (uint64_t)cursor_le32(&cursor) << ret->block_bits;
	cursor.at = FEATURES_AT;
	ret->features = cursor_le32(&cursor);
	algorithms = cursor_le16(&cursor);
	n_devices = cursor_le16(&cursor);
	cursor_skip(&cursor, 2);
	directory_bits = cursor_u8(&cursor);
	ret->n_prefixes = cursor_u8(&cursor);
	ret->prefixes_at = (uint64_t)cursor_le32(&cursor) << 2;
	ret->packed_nid = cursor_le64(&cursor);
	n_blocks |= read_large_root(&cursor, ret);
	ret->info.bytes_used = n_blocks << ret->block_bits;
	if (!(ret->features & EROFS_XATTR_PREFIXES))
		ret->n_prefixes = 0;
	if (!(ret->features & EROFS_FRAGMENTS))
		ret->packed_nid = 0;
	ret->shared_boxed =
		(compatible & COMPAT_BOXED) && (ret->features & EROFS_METABOX);
	ret->prefixes_plain = compatible & COMPAT_PLAIN;
	r = check_features(ret->features, n_devices, directory_bits, error);
	if (r == 0)
		r = read_metabox(source, n_slots, ret, error);
	if (r == 0 && ret->info.bytes_used > source_size(source))
		r = error_bad(error, EROFS_SUPERBLOCK_AT + BLOCKS_AT,
			      "superblock counts %" PRIu64 " bytes, only %" PRIu64
			      " are there",
			      ret->info.bytes_used, source_size(source));
	if (r < 0)
		return r;
	r = erofs_read_algorithms(
		source, EROFS_SUPERBLOCK_AT + EROFS_SUPERBLOCK_SIZE + n_slots * SLOT_SIZE,
		algorithms, ret, error);
	find_needs(ret);
	return r;
}

int erofs_read_info(const struct source *source, struct erofs_info *ret,
		    struct error *error)
{
	struct erofs_super super;
	int r = read_super(source, &super, error);

	if (r == 0)
		*ret = super.info;
	return r;
}

/* Linux reads these inodes when it mounts: erofs_fc_fill_super(). */
static int open_file(const struct erofs_image *image, uint64_t nid, const char *name,
		     struct erofs_file **ret, struct error *error)
{
	_cleanup_free_ struct erofs_file *file = calloc(1, sizeof(*file));
	int r;

	if (!file)
		return error_memory(error);
	if (nid & EROFS_BOXED)
		return error_bad(error, ERROR_NO_OFFSET, "%s is in the metabox", name);
	r = erofs_read_inode(image, nid, &file->inode, error);
	if (r != 0)
		return r < 0 ? error_wrap(error, r, "%s", name) : r;
	*ret = TAKE_PTR(file);
	return 0;
}

static int open_files(struct erofs_image *image, struct error *error)
{
	const struct erofs_super *super = &image->super;
	int r = 0;

	if (super->features & EROFS_METABOX)
		r = open_file(image, super->metabox_nid, "metabox", &image->metabox,
			      error);
	if (r == 0 && super->packed_nid > 0)
		r = open_file(image, super->packed_nid, "packed inode", &image->packed,
			      error);
	return r;
}

int erofs_image_open(struct source *source, erofs_range_t range, void *range_context,
		     struct erofs_image **ret, struct error *error)
{
	_cleanup_(erofs_image_unrefp) struct erofs_image *image =
		calloc(1, sizeof(*image));
	int r = 0;

	if (!image)
		return error_memory(error);
	image->n_refs = 1;
	image->cache = erofs_cache_new();
	if (!image->cache)
		return error_memory(error);
	image->source = source_ref(source);
	image->range = range;
	image->range_context = range_context;
	if (range)
		r = range(range_context, EROFS_SUPERBLOCK_AT,
			  FIRST_PAGE - EROFS_SUPERBLOCK_AT);
	if (r == 0)
		r = read_super(source, &image->super, error);
	if (r == 0)
		r = open_files(image, error);
	if (r == 0)
		r = erofs_read_prefixes(image, error);
	if (r != 0)
		return r;
	*ret = TAKE_PTR(image);
	return 0;
}

struct erofs_image *erofs_image_ref(struct erofs_image *image)
{
	image->n_refs++;
	return image;
}

void erofs_image_unref(struct erofs_image *image)
{
	if (!image || --image->n_refs > 0)
		return;
	free(image->prefixes);
	free(image->packed);
	free(image->metabox);
	erofs_cache_free(image->cache);
	source_unref(image->source);
	free(image);
}

int erofs_read_table(const struct erofs_image *image, uint64_t offset, void *buffer,
		     size_t size, struct error *error)
{
	int r = 0;

	if (image->range && size > 0)
		r = image->range(image->range_context, offset, size);
	return r != 0 ? r : source_read(image->source, offset, buffer, size, error);
}

/* 24 on: owners of 16 bits, or owners of 32 bits, time and links. */
static void read_owners(struct cursor *cursor, bool extended, struct erofs_inode *inode)
{
	cursor->at = 24;
	if (!extended) {
		inode->uid = cursor_le16(cursor);
		inode->gid = cursor_le16(cursor);
		return;
	}
	inode->uid = cursor_le32(cursor);
	inode->gid = cursor_le32(cursor);
	inode->mtime = (int64_t)cursor_le64(cursor);
}

/*
 * The upper bits of a block stand where the number of links is, or was in extended ones.
 * All bits of a block say that there is none (erofs_read_inode(), 6.15).
 */
static void read_high(struct erofs_inode *inode, bool extended, unsigned format,
		      unsigned high)
{
	bool has_high = extended || ((format & FORMAT_FLAG) && !S_ISDIR(inode->mode));

	if (has_high)
		inode->block |= (uint64_t)high << 32;
	inode->hole = inode->layout == EROFS_PLAIN &&
		      inode->block == UINT64_MAX >> (has_high ? 16 : 32);
}

/*
 * 0 format, extended attributes, mode, links   8 size, time   16 place   20 number for
 * people
 */
static int parse_inode(const struct erofs_super *super, struct span bytes, uint64_t at,
		       struct erofs_inode *inode, struct error *error)
{
	struct cursor cursor = cursor_make(bytes);
	unsigned format = cursor_le16(&cursor), n_xattr_words = cursor_le16(&cursor);
	bool extended = format & 1;
	unsigned known = super->features & EROFS_48BIT ? FORMAT_48BIT : FORMAT_ALL, high;

	if (format > known || (format >> 1 & 7) > EROFS_CHUNKED)
		return error_set_at(error, -EOPNOTSUPP, at,
				    "inode has the format %#x, which is not read here",
				    format);
	inode->layout = (enum erofs_layout)(format >> 1 & 7);
	inode->mode = cursor_le16(&cursor);
	high = cursor_le16(&cursor);
	inode->size = cursor_le(&cursor, extended ? 8 : 4);
	/* In compact ones a difference since Linux 6.15; zero before. */
	if (!extended)
		inode->mtime += cursor_le32(&cursor);
	if (inode->size > INT64_MAX)
		return error_bad(error, at + 8, "inode has %" PRIu64 " bytes",
				 inode->size);
	cursor.at = 16;
	inode->place = cursor_le32(&cursor);
	inode->block = inode->place;
	if (super->features & EROFS_48BIT)
		read_high(inode, extended, format, high);
	if (inode->block > (uint64_t)INT64_MAX >> super->block_bits && !inode->hole)
		return error_bad(error, at + 16, "inode has contents at block %" PRIu64,
				 inode->block);
	read_owners(&cursor, extended, inode);
	inode->xattrs_at = at + (extended ? EXTENDED_SIZE : COMPACT_SIZE);
	if (n_xattr_words > 0)
		inode->xattrs_size = XATTR_HEADER_SIZE + 4 * (n_xattr_words - 1);
	inode->body_at = inode->xattrs_at + inode->xattrs_size;
	return 0;
}

int erofs_read_inode(const struct erofs_image *image, uint64_t nid,
		     struct erofs_inode *ret, struct error *error)
{
	bool boxed = nid & EROFS_BOXED;
	uint64_t number = nid & ~EROFS_BOXED, start = boxed ? 0 : image->super.meta_at;
	uint64_t size = source_size(image->source);
	uint8_t bytes[EXTENDED_SIZE] = {0};
	uint64_t at;
	int r;

	if (boxed && !image->metabox)
		return error_bad(error, ERROR_NO_OFFSET,
				 "inode %" PRIu64
				 " is in a metabox, which the image does "
				 "not have",
				 number);
	if (boxed)
		size = image->metabox->inode.size;
	if (number >= size / INODE_UNIT || start >= size)
		return error_bad(error, ERROR_NO_OFFSET,
				 "inode %" PRIu64 " is not in the %" PRIu64
				 " bytes of the %s",
				 number, size, boxed ? "metabox" : "image");
	at = start + number * INODE_UNIT;
	*ret = (struct erofs_inode){
		.nid = nid, .boxed = boxed, .mtime = image->super.info.modified};
	r = erofs_read_meta(image, boxed, at, bytes, COMPACT_SIZE, error);
	if (r == 0 && (bytes[0] & 1))
		r = erofs_read_meta(image, boxed, at + COMPACT_SIZE, bytes + COMPACT_SIZE,
				    EXTENDED_SIZE - COMPACT_SIZE, error);
	return r != 0 ? r
		      : parse_inode(&image->super, span_make(bytes, sizeof(bytes)), at,
				    ret, error);
}
