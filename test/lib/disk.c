/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/disk.h"

#include <string.h>
#include <zlib.h>

#include "formats/core/cursor.h"

/* The first three fields are little endian. */
const uint8_t disk_root_type[16] = {0xe3, 0xbc, 0x68, 0x4f, 0xcd, 0xe8, 0xb1, 0x4d,
				    0x96, 0xe7, 0xfb, 0xca, 0xf9, 0x84, 0xb7, 0x09};

uint8_t *disk_sector(const struct disk *disk, uint64_t sector)
{
	return disk->data + sector * disk->sector_size;
}

uint64_t disk_first_usable(const struct disk *disk)
{
	return 2 + disk->table_sectors;
}

uint64_t disk_last_usable(const struct disk *disk)
{
	return disk->n_sectors - 2 - disk->table_sectors;
}

void disk_add_sum(uint8_t *header)
{
	uint32_t size = (uint32_t)header[12] | (uint32_t)header[13] << 8;

	memset(header + 16, 0, 4);
	write_le(header + 16, 4, crc32(0, header, size <= 512 ? size : 92));
}

static void put_header(const struct disk *disk, uint64_t at, uint64_t other,
		       uint64_t entries_at)
{
	uint8_t *header = disk_sector(disk, at);
	uint8_t *entries = disk_sector(disk, entries_at);
	size_t entries_size = (size_t)disk->n_entries * disk->entry_size;

	memcpy(header, "EFI PART", 8);
	write_le(header + 8, 4, 0x10000);
	write_le(header + 12, 4, 92);
	write_le(header + 24, 8, at);
	write_le(header + 32, 8, other);
	write_le(header + 40, 8, disk_first_usable(disk));
	write_le(header + 48, 8, disk_last_usable(disk));
	memset(header + 56, 0xd1, 16);
	write_le(header + 72, 8, entries_at);
	write_le(header + 80, 4, disk->n_entries);
	write_le(header + 84, 4, disk->entry_size);
	write_le(header + 88, 4, crc32(0, entries, (uInt)entries_size));
	disk_add_sum(header);
}

void disk_seal(const struct disk *disk)
{
	uint64_t last = disk->n_sectors - 1, backup = last - disk->table_sectors;

	memcpy(disk_sector(disk, backup), disk_sector(disk, 2),
	       disk->table_sectors * disk->sector_size);
	put_header(disk, 1, last, 2);
	put_header(disk, last, 1, backup);
}

uint8_t *disk_entry(const struct disk *disk, unsigned number)
{
	return disk_sector(disk, 2) + (size_t)(number - 1) * disk->entry_size;
}

void disk_put_entry(const struct disk *disk, unsigned number, uint64_t first,
		    uint64_t last)
{
	uint8_t *entry = disk_entry(disk, number);

	memcpy(entry, disk_root_type, 16);
	memset(entry + 16, (int)number, 16);
	write_le(entry + 32, 8, first);
	write_le(entry + 40, 8, last);
}

struct disk disk_make(uint32_t sector_size, uint32_t n_entries, uint32_t entry_size)
{
	uint64_t entries_size = (uint64_t)n_entries * entry_size;
	struct disk disk = {.sector_size = sector_size,
			    .n_entries = n_entries,
			    .entry_size = entry_size};

	disk.table_sectors = (entries_size + sector_size - 1) / sector_size;
	disk.n_sectors = 3 + 2 * disk.table_sectors + 64;
	disk.size = (size_t)disk.n_sectors * sector_size;
	disk.data = calloc(1, disk.size);
	assert_non_null(disk.data);
	disk.data[446 + 4] = 0xee;
	disk.data[510] = 0x55;
	disk.data[511] = 0xaa;
	return disk;
}

struct disk disk_good(uint32_t sector_size, uint32_t n_entries)
{
	struct disk disk = disk_make(sector_size, n_entries, 128);
	uint64_t first = disk_first_usable(&disk);

	disk_put_entry(&disk, 1, first, first + 7);
	disk_put_entry(&disk, 3, first + 8, first + 23);
	disk_seal(&disk);
	return disk;
}

int disk_read_bytes(const uint8_t *data, size_t size, struct gpt *gpt,
		    struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);

	return gpt_read(source, gpt, error);
}

struct gpt disk_read_good(const struct disk *disk)
{
	struct error error = ERROR_INIT;
	struct gpt gpt = {0};

	test_ok(disk_read_bytes(disk->data, disk->size, &gpt, &error), &error);
	return gpt;
}

void disk_assert_good(const struct disk *disk, const struct gpt *gpt)
{
	uint64_t at = disk_first_usable(disk) * disk->sector_size;

	assert_int_equal(gpt->n_partitions, 2);
	assert_int_equal(gpt->sector_size, disk->sector_size);
	assert_int_equal(gpt->first_usable, disk_first_usable(disk));
	assert_int_equal(gpt->last_usable, disk_last_usable(disk));
	assert_int_equal(gpt->partitions[0].number, 1);
	assert_int_equal(gpt->partitions[0].offset, at);
	assert_int_equal(gpt->partitions[0].size, 8 * disk->sector_size);
	assert_int_equal(gpt->partitions[1].number, 3);
	assert_int_equal(gpt->partitions[1].offset, at + 8 * disk->sector_size);
	assert_int_equal(gpt->partitions[1].size, 16 * disk->sector_size);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(gpt->partitions[i].faults, 0);
}

void disk_done(struct disk *disk)
{
	free(disk->data);
	*disk = (struct disk){0};
}
