/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/cursor.h"
#include "test/lib/disk.h"

/* Reads, compares the faults of the table, and gives the disk back. */
static void assert_faults(struct disk *disk, unsigned faults)
{
	struct gpt gpt = disk_read_good(disk);

	assert_int_equal(gpt.faults, faults);
	disk_assert_good(disk, &gpt);
	gpt_done(&gpt);
	assert_null(gpt.partitions);
	disk_done(disk);
}

static void test_good_at_each_sector_size(void **state)
{
	for (uint32_t size = 512; size <= 4096; size *= 2) {
		struct disk disk = disk_good(size, 128);
		_cleanup_(source_unrefp) struct source *source =
			test_source(disk.data, disk.size);

		assert_true(gpt_probe(source));
		assert_faults(&disk, 0);
	}
}

static void test_fields(void **state)
{
	struct disk disk = disk_make(512, 128, 128);
	char text[37];
	struct gpt gpt;

	disk_put_entry(&disk, 128, 40, 40);
	write_le(disk_entry(&disk, 128) + 48, 8, GPT_ATTRIBUTE_READ_ONLY | 1);
	disk_seal(&disk);
	gpt = disk_read_good(&disk);
	assert_int_equal(gpt.faults, 0);
	assert_int_equal(gpt.primary.code, 0);
	assert_int_equal(gpt.backup.code, 0);
	uuid_format(&gpt.disk_uuid, text);
	assert_string_equal(text, "d1d1d1d1-d1d1-d1d1-d1d1-d1d1d1d1d1d1");
	assert_int_equal(gpt.n_partitions, 1);
	assert_int_equal(gpt.partitions[0].number, 128);
	assert_int_equal(gpt.partitions[0].size, 512);
	assert_int_equal(gpt.partitions[0].attributes, GPT_ATTRIBUTE_READ_ONLY | 1);
	assert_string_equal(gpt.partitions[0].label, "");
	uuid_format(&gpt.partitions[0].type, text);
	assert_string_equal(text, "4f68bce3-e8cd-4db1-96e7-fbcaf984b709");
	uuid_format(&gpt.partitions[0].uuid, text);
	assert_string_equal(text, "80808080-8080-8080-8080-808080808080");
	gpt_done(&gpt);
	disk_done(&disk);
}

static void test_counts_of_entries(void **state)
{
	static const uint32_t counts[] = {512, 1000, 4096};

	for (uint32_t n = 4; n <= 256; n++) {
		struct disk disk = disk_good(512, n);

		assert_faults(&disk, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct disk disk = disk_good(512, counts[i]);

		assert_faults(&disk, 0);
	}
}

/* Each field of a header that can be wrong under a right sum, and the sum itself. */
static const struct {
	size_t at, size;
	uint64_t value;
	bool sum;
	size_t blamed;
	const char *words;
} header_faults[] = {
	{8, 4, 0x20000, true, 8, "GPT revision is 0x00020000, must be 0x00010000"},
	{12, 4, 91, true, 12, "GPT header size is 91, must be between 92 and 512"},
	{12, 4, 513, true, 12, "GPT header size is 513, must be between 92 and 512"},
	{16, 4, 0x1234, false, 16, "GPT header sum is 0x00001234, must be"},
	{20, 4, 1, false, 16, "GPT header sum is"},
	{24, 8, 7, true, 24, "GPT header says it is in sector 7, but is in sector"},
	{40, 8, 1000, true, 40, "first usable sector is 1000, must be at most the last"},
	{80, 4, 0, true, 80, "GPT has 0 entries, must have between 1 and 4096"},
	{80, 4, 4097, true, 80, "GPT has 4097 entries, must have between 1 and 4096"},
	{84, 4, 120, true, 84, "GPT entry size is 120, must be 128"},
	{84, 4, 256, true, 84, "GPT entry size is 256, must be 128"},
	{48, 8, 131, true, 48,
	 "last usable sector is 131, but the image ends with sector 130"},
};

static struct disk break_header(size_t i, bool backup, uint64_t *ret_at)
{
	struct disk disk = disk_good(512, 128);
	uint64_t sector = backup ? disk.n_sectors - 1 : 1;
	uint8_t *header = disk_sector(&disk, sector);

	write_le(header + header_faults[i].at, header_faults[i].size,
		 header_faults[i].value);
	if (header_faults[i].sum)
		disk_add_sum(header);
	*ret_at = sector * 512 + header_faults[i].blamed;
	return disk;
}

static void test_one_header_bad(void **state)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(header_faults); i++) {
		bool backup = i % 2;
		uint64_t at;
		struct disk disk = break_header(i / 2, backup, &at);
		struct gpt gpt = disk_read_good(&disk);

		test_error(backup ? &gpt.backup : &gpt.primary, -EBADMSG, at,
			   header_faults[i / 2].words);
		assert_int_equal((backup ? &gpt.primary : &gpt.backup)->code, 0);
		gpt_done(&gpt);
		assert_faults(&disk, backup ? GPT_FAULT_BACKUP_HEADER
					    : GPT_FAULT_PRIMARY_HEADER);
	}
}

/* Entries that lie behind the end, or behind any end, count against their header. */
static void test_entries_that_are_not_there(void **state)
{
	static const uint64_t sectors[] = {100000, UINT64_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(sectors); i++) {
		struct disk disk = disk_good(512, 128);
		struct gpt gpt;

		write_le(disk_sector(&disk, 1) + 72, 8, sectors[i]);
		disk_add_sum(disk_sector(&disk, 1));
		gpt = disk_read_good(&disk);
		test_error(&gpt.primary, -EBADMSG, i ? ERROR_NO_OFFSET : 100000 * 512,
			   "GPT entries");
		gpt_done(&gpt);
		assert_faults(&disk, GPT_FAULT_PRIMARY_HEADER);
	}
}

static void test_entries_bad(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		struct disk disk = disk_good(512, 128);
		uint64_t sector = i ? disk.n_sectors - 33 : 2;
		struct gpt gpt;

		disk_sector(&disk, sector)[128 * 128 - 1] ^= 1;
		gpt = disk_read_good(&disk);
		test_error(i ? &gpt.backup : &gpt.primary, -EBADMSG, sector * 512,
			   "sum of the GPT entries is 0x");
		gpt_done(&gpt);
		assert_faults(&disk,
			      i ? GPT_FAULT_BACKUP_ENTRIES : GPT_FAULT_PRIMARY_ENTRIES);
	}
}

static void test_both_bad(void **state)
{
	struct disk disk = disk_good(512, 128);
	struct error error = ERROR_INIT;
	struct gpt gpt;

	disk_entry(&disk, 2)[5] = 1;
	disk_sector(&disk, disk.n_sectors - 1)[0] = 'X';
	assert_int_equal(disk_read_bytes(disk.data, disk.size, &gpt, &error), -EBADMSG);
	test_error(&error, -EBADMSG, 1024, "sum of the GPT entries is 0x");
	test_error(&error, -EBADMSG, 1024,
		   "; and of the backup: no GPT header, expected 'EFI PART'");
	disk_done(&disk);
}

/* Whatever is wrong with the primary header, its signature too, the backup mends it. */
static void test_each_byte_of_the_primary(void **state)
{
	struct disk disk = disk_good(512, 4);

	for (size_t i = 512; i < 512 + 92; i++) {
		struct gpt gpt;

		disk.data[i] ^= 0x10;
		gpt = disk_read_good(&disk);
		disk.data[i] ^= 0x10;
		assert_int_equal(gpt.faults, GPT_FAULT_PRIMARY_HEADER);
		disk_assert_good(&disk, &gpt);
		gpt_done(&gpt);
	}
	disk_done(&disk);
}

/*
 * No disk that lost its primary, but one that never had any, or whose backup nobody
 * finds.
 */
static void assert_no_table(struct disk *disk)
{
	_cleanup_(source_unrefp) struct source *source =
		test_source(disk->data, disk->size);
	struct error error = ERROR_INIT;
	struct gpt gpt;

	assert_false(gpt_probe(source));
	assert_int_equal(gpt_read(source, &gpt, &error), -ENODATA);
	test_error(&error, -ENODATA, ERROR_NO_OFFSET,
		   "no GPT header at 512, 1024, 2048 or 4096 bytes");
	disk_done(disk);
}

static void test_no_table(void **state)
{
	struct disk disk = disk_make(512, 4, 128);

	assert_no_table(&disk);
	disk = disk_good(512, 4);
	disk.data[512] = 0;
	disk.data[446 + 4] = 0x83;
	assert_no_table(&disk);
	disk = disk_good(512, 4);
	disk.data[512] = 0;
	disk.data[510] = 0;
	assert_no_table(&disk);
	disk = disk_good(4096, 4);
	disk.data[4096] = 0;
	assert_no_table(&disk);
}

/* Measured with libblkid: a header may not stand among the sectors that it calls usable.
 */
static void test_header_among_usable_sectors(void **state)
{
	struct disk disk = disk_good(512, 128);
	struct gpt gpt;

	write_le(disk_sector(&disk, 1) + 40, 8, 0);
	disk_add_sum(disk_sector(&disk, 1));
	gpt = disk_read_good(&disk);
	test_error(&gpt.primary, -EBADMSG, 512 + 40,
		   "GPT header is in sector 1, among the usable sectors 0 to 97");
	gpt_done(&gpt);
	assert_faults(&disk, GPT_FAULT_PRIMARY_HEADER);
}

static void test_protective_mbr(void **state)
{
	struct disk disk = disk_good(512, 128);

	disk.data[511] = 0;
	assert_faults(&disk, GPT_FAULT_NO_PROTECTIVE_MBR);
	disk = disk_good(512, 128);
	disk.data[446 + 4] = 0x83;
	assert_faults(&disk, GPT_FAULT_NO_PROTECTIVE_ENTRY);
	disk = disk_good(512, 128);
	disk.data[446 + 4] = 0;
	disk.data[446 + 3 * 16 + 4] = 0xee;
	assert_faults(&disk, 0);
	disk = disk_good(4096, 128);
	memset(disk.data, 0, 512);
	assert_faults(&disk, GPT_FAULT_NO_PROTECTIVE_MBR | GPT_FAULT_NO_PROTECTIVE_ENTRY);
}

static void test_backup_misplaced(void **state)
{
	struct disk disk = disk_good(512, 128);

	disk.data = realloc(disk.data, disk.size + 1024);
	assert_non_null(disk.data);
	memset(disk.data + disk.size, 0, 1024);
	disk.size += 1024;
	assert_faults(&disk, GPT_FAULT_BACKUP_MISPLACED);
}

static void test_two_sector_sizes(void **state)
{
	struct disk disk = disk_good(512, 4);

	memcpy(disk.data + 4096, disk.data + 512, 512);
	assert_faults(&disk, GPT_FAULT_SECTOR_SIZE_AMBIGUOUS);
	/* What systemd would not take for a header does not count as one. */
	for (size_t i = 0; i < 4; i++) {
		static const size_t at[] = {0, 8, 12, 24};

		disk = disk_good(512, 4);
		memcpy(disk.data + 4096, disk.data + 512, 512);
		disk.data[4096 + at[i]] = 2;
		assert_faults(&disk, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_at_each_sector_size),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_counts_of_entries),
		cmocka_unit_test(test_one_header_bad),
		cmocka_unit_test(test_entries_that_are_not_there),
		cmocka_unit_test(test_entries_bad),
		cmocka_unit_test(test_both_bad),
		cmocka_unit_test(test_each_byte_of_the_primary),
		cmocka_unit_test(test_no_table),
		cmocka_unit_test(test_header_among_usable_sectors),
		cmocka_unit_test(test_protective_mbr),
		cmocka_unit_test(test_backup_misplaced),
		cmocka_unit_test(test_two_sector_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
