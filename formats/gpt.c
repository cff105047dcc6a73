/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/gpt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zlib.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/gpt-disk.h"

static const uint32_t sector_sizes[] = {512, 1024, 2048, 4096};

/* UEFI 2.10, 5.3.2: GPT header */
struct header {
	uint32_t revision, size, crc, entries_crc, n_entries, entry_size;
	uint64_t my_sector, other_sector, first_usable, last_usable, entries_sector;
	struct uuid disk_uuid;
};

/* UEFI 2.10, appendix A: the first three fields are little endian. */
void gpt_uuid_swap(struct uuid *uuid)
{
	static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6};
	struct uuid from = *uuid;

	for (size_t i = 0; i < sizeof(order); i++)
		uuid->bytes[i] = from.bytes[order[i]];
}

static void read_uuid(struct cursor *cursor, struct uuid *uuid)
{
	cursor_copy(cursor, uuid->bytes, sizeof(uuid->bytes));
	gpt_uuid_swap(uuid);
}

/* 1 or 0, also where the source ends before; the operating system's word. */
static int has_signature(const struct source *source, uint64_t offset,
			 struct error *error)
{
	uint8_t bytes[8];
	int r;

	if (source_size(source) < sizeof(bytes) ||
	    offset > source_size(source) - sizeof(bytes))
		return 0;
	r = source_read(source, offset, bytes, sizeof(bytes), error);
	if (r < 0)
		return r;
	return memcmp(bytes, GPT_SIGNATURE, sizeof(bytes)) == 0;
}

/*
 * What systemd takes for a header when it looks for the sector size: gpt_probe() (257,
 * 262).
 */
static int has_header(const struct source *source, uint64_t offset, struct error *error)
{
	uint8_t bytes[32];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	uint32_t revision, size;
	int r = has_signature(source, offset, error);

	if (r <= 0 || offset + sizeof(bytes) > source_size(source))
		return MIN(r, 0);
	r = source_read(source, offset, bytes, sizeof(bytes), error);
	if (r < 0)
		return r;
	cursor_skip(&cursor, 8);
	revision = cursor_le32(&cursor);
	size = cursor_le32(&cursor);
	cursor_skip(&cursor, 8);
	return revision == GPT_REVISION && size >= GPT_HEADER_SIZE && size <= 4096 &&
	       cursor_le64(&cursor) == 1;
}

/* The protective MBR: 55 aa at 510, an entry of type 0xee among the four. */
static int read_mbr(const struct source *source, unsigned *ret_faults,
		    struct error *error)
{
	uint8_t mbr[512];
	int r = source_read(source, 0, mbr, sizeof(mbr), error);
	unsigned faults = GPT_FAULT_NO_PROTECTIVE_ENTRY;

	if (r < 0)
		return r;
	for (size_t i = 0; i < 4; i++)
		if (mbr[446 + 16 * i + 4] == 0xee)
			faults = 0;
	if (mbr[510] != 0x55 || mbr[511] != 0xaa)
		faults |= GPT_FAULT_NO_PROTECTIVE_MBR;
	*ret_faults = faults;
	return 0;
}

static int probe(const struct source *source, struct error *error)
{
	unsigned faults;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(sector_sizes); i++) {
		r = has_signature(source, sector_sizes[i], error);
		if (r != 0)
			return r;
	}
	if (source_size(source) < 512)
		return 0;
	/*
	 * libblkid goes on to the backup behind a protective MBR, in sectors of 512
	 * bytes.
	 */
	r = read_mbr(source, &faults, error);
	if (r < 0 || faults != 0)
		return r;
	return has_signature(source, (source_size(source) / 512 - 1) * 512, error);
}

bool gpt_probe(const struct source *source)
{
	return probe(source, NULL) > 0;
}

static void parse_header(struct span bytes, struct header *header)
{
	struct cursor cursor = cursor_make(bytes);

	cursor_skip(&cursor, 8);
	header->revision = cursor_le32(&cursor);
	header->size = cursor_le32(&cursor);
	header->crc = cursor_le32(&cursor);
	cursor_skip(&cursor, 4);
	header->my_sector = cursor_le64(&cursor);
	header->other_sector = cursor_le64(&cursor);
	header->first_usable = cursor_le64(&cursor);
	header->last_usable = cursor_le64(&cursor);
	read_uuid(&cursor, &header->disk_uuid);
	header->entries_sector = cursor_le64(&cursor);
	header->n_entries = cursor_le32(&cursor);
	header->entry_size = cursor_le32(&cursor);
	header->entries_crc = cursor_le32(&cursor);
}

static int check_header(const struct header *header, uint8_t *bytes, uint64_t offset,
			uint64_t sector, uint32_t sector_size, struct error *error)
{
	uint32_t crc;

	if (header->revision != GPT_REVISION)
		return error_bad(error, offset + 8,
				 "GPT revision is 0x%08x, must be 0x%08x",
				 header->revision, GPT_REVISION);
	if (header->size < GPT_HEADER_SIZE || header->size > sector_size)
		return error_bad(error, offset + 12,
				 "GPT header size is %u, must be between %d and %u",
				 header->size, GPT_HEADER_SIZE, sector_size);
	memset(bytes + 16, 0, 4);
	crc = (uint32_t)crc32(0, bytes, header->size);
	if (crc != header->crc)
		return error_bad(error, offset + 16,
				 "GPT header sum is 0x%08x, must be 0x%08x", header->crc,
				 crc);
	if (header->my_sector != sector)
		return error_bad(error, offset + 24,
				 "GPT header says it is in sector %" PRIu64
				 ", but is in sector %" PRIu64,
				 header->my_sector, sector);
	return 0;
}

/* libblkid has no other size of entries, and no usable sectors that are not there. */
static int check_extent(const struct header *header, uint64_t offset, uint64_t last,
			struct error *error)
{
	if (header->entry_size != GPT_ENTRY_SIZE)
		return error_bad(error, offset + 84, "GPT entry size is %u, must be %d",
				 header->entry_size, GPT_ENTRY_SIZE);
	if (header->n_entries == 0 || header->n_entries > LIMIT_GPT_ENTRIES)
		return error_bad(error, offset + 80,
				 "GPT has %u entries, must have between 1 and %d",
				 header->n_entries, LIMIT_GPT_ENTRIES);
	if (header->first_usable > header->last_usable)
		return error_bad(error, offset + 40,
				 "first usable sector is %" PRIu64
				 ", must be at most the last, %" PRIu64,
				 header->first_usable, header->last_usable);
	if (header->last_usable > last)
		return error_bad(error, offset + 48,
				 "last usable sector is %" PRIu64
				 ", but the image ends with sector %" PRIu64,
				 header->last_usable, last);
	if (header->first_usable < header->my_sector &&
	    header->my_sector < header->last_usable)
		return error_bad(error, offset + 40,
				 "GPT header is in sector %" PRIu64
				 ", among the usable sectors %" PRIu64 " to %" PRIu64,
				 header->my_sector, header->first_usable,
				 header->last_usable);
	return 0;
}

struct table {
	struct header header;
	uint8_t *entries; /* from malloc() */
	bool entries_bad; /* the header is good, but not the entries' sum */
};

static int read_entries(const struct source *source, uint32_t sector_size,
			struct table *table, struct error *error)
{
	const struct header *header = &table->header;
	size_t size = (size_t)header->n_entries * header->entry_size;
	_cleanup_free_ uint8_t *entries = malloc(size);
	uint64_t offset;
	uint32_t crc;
	int r;

	if (!entries)
		return error_memory(error);
	if (__builtin_mul_overflow(header->entries_sector, (uint64_t)sector_size,
				   &offset))
		return error_bad(error, ERROR_NO_OFFSET,
				 "GPT entries start at sector %" PRIu64
				 ", which is behind any end",
				 header->entries_sector);
	r = source_read(source, offset, entries, size, error);
	if (r < 0)
		return error_wrap(error, r, "GPT entries");
	crc = (uint32_t)crc32(0, entries, (uInt)size);
	if (crc != header->entries_crc) {
		table->entries_bad = true;
		return error_bad(error, offset,
				 "sum of the GPT entries is 0x%08x, must be 0x%08x", crc,
				 header->entries_crc);
	}
	table->entries = TAKE_PTR(entries);
	return 0;
}

static int read_table(const struct source *source, uint64_t sector, uint32_t sector_size,
		      struct table *table, struct error *error)
{
	_cleanup_free_ uint8_t *bytes = malloc(sector_size);
	uint64_t offset;
	int r;

	if (!bytes)
		return error_memory(error);
	if (__builtin_mul_overflow(sector, (uint64_t)sector_size, &offset))
		return error_bad(error, ERROR_NO_OFFSET,
				 "GPT is said to be in sector %" PRIu64, sector);
	r = source_read(source, offset, bytes, sector_size, error);
	if (r < 0)
		return error_wrap(error, r, "GPT header");
	if (memcmp(bytes, GPT_SIGNATURE, 8) != 0)
		return error_bad(error, offset, "no GPT header, expected 'EFI PART'");
	parse_header(span_make(bytes, sector_size), &table->header);
	r = check_header(&table->header, bytes, offset, sector, sector_size, error);
	if (r == 0)
		r = check_extent(&table->header, offset,
				 source_size(source) / sector_size - 1, error);
	return r < 0 ? r : read_entries(source, sector_size, table, error);
}

/* UTF-16LE of an entry's name; what is no text becomes U+FFFD, as libblkid has it. */
static void read_label(struct cursor *cursor, char label[109])
{
	for (size_t i = 0; i < 36; i++) {
		uint32_t rune = cursor_le16(cursor);

		if (rune == 0) {
			cursor_skip(cursor, 2 * (35 - i));
			break;
		}
		if (rune >= 0xd800 && rune <= 0xdfff)
			rune = 0xfffd;
		if (rune < 0x80) {
			*label++ = (char)rune;
		} else if (rune < 0x800) {
			*label++ = (char)(0xc0 | rune >> 6);
			*label++ = (char)(0x80 | (rune & 0x3f));
		} else {
			*label++ = (char)(0xe0 | rune >> 12);
			*label++ = (char)(0x80 | (rune >> 6 & 0x3f));
			*label++ = (char)(0x80 | (rune & 0x3f));
		}
	}
	*label = 0;
}

/* Sectors to bytes: a partition that no 64-bit offset can reach is cut, not a crash. */
static void place(struct gpt_partition *partition, const struct gpt *gpt, uint64_t first,
		  uint64_t last, uint64_t size)
{
	uint64_t n;

	if (first > last) {
		partition->faults |= GPT_PARTITION_FAULT_REVERSED;
		return;
	}
	if (first < gpt->first_usable || last > gpt->last_usable)
		partition->faults |= GPT_PARTITION_FAULT_OUTSIDE;
	if (__builtin_mul_overflow(first, (uint64_t)gpt->sector_size,
				   &partition->offset) ||
	    __builtin_add_overflow(last - first, UINT64_C(1), &n) ||
	    __builtin_mul_overflow(n, (uint64_t)gpt->sector_size, &partition->size) ||
	    partition->offset > size || partition->size > size - partition->offset)
		partition->faults |= GPT_PARTITION_FAULT_CUT;
}

static void read_partition(struct span bytes, struct gpt_partition *partition,
			   const struct gpt *gpt, uint64_t size)
{
	struct cursor cursor = cursor_make(bytes);
	uint64_t first, last;

	read_uuid(&cursor, &partition->type);
	read_uuid(&cursor, &partition->uuid);
	first = cursor_le64(&cursor);
	last = cursor_le64(&cursor);
	partition->attributes = cursor_le64(&cursor);
	read_label(&cursor, partition->label);
	place(partition, gpt, first, last, size);
}

static bool overlap(const struct gpt_partition *a, const struct gpt_partition *b)
{
	return a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

static void find_overlaps(struct gpt *gpt)
{
	const unsigned unplaced = GPT_PARTITION_FAULT_REVERSED | GPT_PARTITION_FAULT_CUT;

	for (size_t i = 0; i < gpt->n_partitions; i++)
		for (size_t j = i + 1; j < gpt->n_partitions; j++)
			if (!((gpt->partitions[i].faults | gpt->partitions[j].faults) &
			      unplaced) &&
			    overlap(&gpt->partitions[i], &gpt->partitions[j]))
				gpt->faults |= GPT_FAULT_OVERLAP;
}

static int read_partitions(const struct table *table, uint64_t size, struct gpt *gpt,
			   struct error *error)
{
	const struct header *header = &table->header;

	gpt->disk_uuid = header->disk_uuid;
	gpt->first_usable = header->first_usable;
	gpt->last_usable = header->last_usable;
	gpt->partitions = calloc(header->n_entries, sizeof(*gpt->partitions));
	if (!gpt->partitions)
		return error_memory(error);
	for (uint32_t i = 0; i < header->n_entries; i++) {
		struct span bytes =
			span_make(table->entries + (size_t)i * header->entry_size,
				  header->entry_size);
		struct gpt_partition *partition = &gpt->partitions[gpt->n_partitions];

		partition->number = i + 1;
		read_partition(bytes, partition, gpt, size);
		if (uuid_is_nil(&partition->type))
			*partition = (struct gpt_partition){0};
		else
			gpt->n_partitions++;
	}
	find_overlaps(gpt);
	return 0;
}

/* As systemd does, which takes 512 where it finds no header. */
static int find_sector_size(const struct source *source, struct gpt *gpt,
			    struct error *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(sector_sizes); i++) {
		int r = has_header(source, sector_sizes[i], error);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (gpt->sector_size)
			gpt->faults |= GPT_FAULT_SECTOR_SIZE_AMBIGUOUS;
		else
			gpt->sector_size = sector_sizes[i];
	}
	if (!gpt->sector_size)
		gpt->sector_size = 512;
	return 0;
}

static void done_table(struct table *table)
{
	free(table->entries);
}

/* libblkid looks for the backup where the primary says, or in the last sector. */
static int read_tables(const struct source *source, struct gpt *gpt,
		       struct table *primary, struct table *backup, struct error *error)
{
	uint64_t n_sectors = source_size(source) / gpt->sector_size;
	uint64_t last = n_sectors - 1;
	bool primary_ok;
	int r;

	r = read_table(source, 1, gpt->sector_size, primary, &gpt->primary);
	if (r < 0 && r != -EBADMSG)
		return error_set(error, r, "%s", gpt->primary.message);
	primary_ok = r == 0;
	if (!primary_ok)
		gpt->faults |= primary->entries_bad ? GPT_FAULT_PRIMARY_ENTRIES
						    : GPT_FAULT_PRIMARY_HEADER;
	if (primary_ok && primary->header.other_sector != last) {
		gpt->faults |= GPT_FAULT_BACKUP_MISPLACED;
		last = primary->header.other_sector;
	}
	r = read_table(source, last, gpt->sector_size, backup, &gpt->backup);
	if (r < 0 && r != -EBADMSG)
		return error_set(error, r, "%s", gpt->backup.message);
	if (r < 0)
		gpt->faults |= backup->entries_bad ? GPT_FAULT_BACKUP_ENTRIES
						   : GPT_FAULT_BACKUP_HEADER;
	if (!primary_ok && r < 0)
		return error_bad(error, gpt->primary.offset, "%s; and of the backup: %s",
				 gpt->primary.message, gpt->backup.message);
	return 0;
}

int gpt_read(const struct source *source, struct gpt *ret, struct error *error)
{
	_cleanup_(done_table) struct table primary = {0}, backup = {0};
	struct gpt gpt = {.primary = ERROR_INIT, .backup = ERROR_INIT};
	int r;

	r = probe(source, error);
	if (r < 0)
		return r;
	if (r == 0)
		return error_set(error, -ENODATA,
				 "no GPT header at 512, 1024, 2048 or 4096 bytes");
	r = read_mbr(source, &gpt.faults, error);
	if (r == 0)
		r = find_sector_size(source, &gpt, error);
	if (r == 0)
		r = read_tables(source, &gpt, &primary, &backup, error);
	if (r < 0)
		return r;
	r = read_partitions(primary.entries ? &primary : &backup, source_size(source),
			    &gpt, error);
	if (r < 0)
		return r;
	*ret = gpt;
	return 0;
}

void gpt_done(struct gpt *gpt)
{
	free(gpt->partitions);
	*gpt = (struct gpt){0};
}
