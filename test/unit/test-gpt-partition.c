/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/cursor.h"
#include "test/lib/disk.h"

static void test_partition_faults(void **state)
{
	/* Sectors 34 to 97 are usable, 131 are there. */
	static const struct {
		uint64_t first, last;
		unsigned faults;
	} cases[] = {
		{34, 97, 0},
		{97, 97, 0},
		{33, 40, GPT_PARTITION_FAULT_OUTSIDE},
		{90, 98, GPT_PARTITION_FAULT_OUTSIDE},
		{90, 130, GPT_PARTITION_FAULT_OUTSIDE},
		{90, 131, GPT_PARTITION_FAULT_OUTSIDE | GPT_PARTITION_FAULT_CUT},
		{132, 132, GPT_PARTITION_FAULT_OUTSIDE | GPT_PARTITION_FAULT_CUT},
		{41, 40, GPT_PARTITION_FAULT_REVERSED},
		{UINT64_MAX, 0, GPT_PARTITION_FAULT_REVERSED},
		{0, UINT64_MAX, GPT_PARTITION_FAULT_OUTSIDE | GPT_PARTITION_FAULT_CUT},
		{40, UINT64_MAX, GPT_PARTITION_FAULT_OUTSIDE | GPT_PARTITION_FAULT_CUT},
		{UINT64_C(1) << 55, UINT64_C(1) << 55,
		 GPT_PARTITION_FAULT_OUTSIDE | GPT_PARTITION_FAULT_CUT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk disk = disk_make(512, 128, 128);
		struct gpt gpt;

		assert_int_equal(disk.n_sectors, 131);
		disk_put_entry(&disk, 1, cases[i].first, cases[i].last);
		disk_seal(&disk);
		gpt = disk_read_good(&disk);
		assert_int_equal(gpt.faults, 0);
		assert_int_equal(gpt.n_partitions, 1);
		assert_int_equal(gpt.partitions[0].faults, cases[i].faults);
		gpt_done(&gpt);
		disk_done(&disk);
	}
}

static void test_overlap(void **state)
{
	static const struct {
		uint64_t first, last;
		unsigned faults;
	} cases[] = {
		{48, 50, 0},
		{47, 50, GPT_FAULT_OVERLAP},
		{36, 39, 0},
		{36, 40, GPT_FAULT_OVERLAP},
		{36, 60, GPT_FAULT_OVERLAP},
		{42, 43, GPT_FAULT_OVERLAP},
		{44, 43, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk disk = disk_make(512, 128, 128);
		struct gpt gpt;

		disk_put_entry(&disk, 1, 40, 47);
		disk_put_entry(&disk, 2, cases[i].first, cases[i].last);
		disk_seal(&disk);
		gpt = disk_read_good(&disk);
		assert_int_equal(gpt.faults, cases[i].faults);
		gpt_done(&gpt);
		disk_done(&disk);
	}
}

static void check_label(const uint8_t *utf16, size_t size, const char *expected)
{
	struct disk disk = disk_make(512, 128, 128);
	struct gpt gpt;

	disk_put_entry(&disk, 1, 40, 47);
	memcpy(disk_entry(&disk, 1) + 56, utf16, size);
	disk_seal(&disk);
	gpt = disk_read_good(&disk);
	assert_string_equal(gpt.partitions[0].label, expected);
	gpt_done(&gpt);
	disk_done(&disk);
}

static void test_labels(void **state)
{
	static const uint8_t mixed[] = {'a', 0, 0xe9, 0, 0xac, 0x20, 0, 0, 'x', 0};
	static const uint8_t half[] = {0x00, 0xd8, 'b', 0};
	uint8_t full[72];
	char expected[109] = {0};

	check_label(mixed, sizeof(mixed), "a\xc3\xa9\xe2\x82\xac");
	check_label(half, sizeof(half),
		    "\xef\xbf\xbd"
		    "b");
	for (size_t i = 0; i < 36; i++) {
		write_le(full + 2 * i, 2, 0x20ac);
		memcpy(expected + 3 * i, "\xe2\x82\xac", 3);
	}
	check_label(full, sizeof(full), expected);
}

/* libblkid wants every usable sector to be there; the backup behind them may be missing.
 */
static void test_truncation(void **state)
{
	struct disk disk = disk_good(512, 16);
	size_t usable_end = (disk_last_usable(&disk) + 1) * 512;

	for (size_t size = 0; size < disk.size; size += size < 4096 ? 1 : 97) {
		struct error error = ERROR_INIT;
		struct gpt gpt;
		int r = disk_read_bytes(disk.data, size, &gpt, &error);

		if (size < usable_end) {
			assert_int_equal(r, size < 520 ? -ENODATA : -EBADMSG);
			assert_int_equal(error.code, r);
			continue;
		}
		test_ok(r, &error);
		assert_int_equal(gpt.faults,
				 GPT_FAULT_BACKUP_HEADER | GPT_FAULT_BACKUP_MISPLACED);
		disk_assert_good(&disk, &gpt);
		gpt_done(&gpt);
	}
	disk_done(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_partition_faults),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
