/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "formats/core/cursor.h"
#include "test/lib/pair.h"

static void test_superblock(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 1024, 512, 5, 3);
	_cleanup_(source_unrefp) struct source *source =
		test_source(pair.hash, pair.hash_size);
	struct verity_superblock superblock;
	struct error error = ERROR_INIT;

	test_ok(verity_read_superblock(source, &superblock, &error), &error);
	assert_int_equal(superblock.version, 1);
	assert_int_equal(superblock.hash_type, 1);
	assert_int_equal(superblock.data_block_size, 1024);
	assert_int_equal(superblock.hash_block_size, 512);
	assert_int_equal(superblock.n_data_blocks, 5);
	assert_int_equal(superblock.salt_size, 3);
	assert_int_equal(superblock.salt[2], 0x5a);
	assert_int_equal(superblock.salt[3], 0);
	assert_int_equal(superblock.uuid.bytes[15], 0x17);
	assert_string_equal(superblock.algorithm, "sha256");
}

static void test_superblock_faults(void **state)
{
	static const struct {
		size_t at, size;
		uint64_t value;
		int code;
		const char *words;
	} cases[] = {
		{0, 1, 'V', -EBADMSG, "no verity superblock, expected 'verity'"},
		{7, 1, 1, -EBADMSG, "no verity superblock"},
		{8, 4, 2, -EOPNOTSUPP, "verity version is 2, must be 1"},
		{12, 4, 0, -EOPNOTSUPP, "verity hash type is 0, must be 1"},
		{64, 4, 0, -EBADMSG, "data block size is 0, must be a power of 2"},
		{64, 4, 256, -EBADMSG, "data block size is 256"},
		{64, 4, 4095, -EBADMSG, "data block size is 4095"},
		{64, 4, 131072, -EBADMSG, "data block size is 131072"},
		{68, 4, 256, -EBADMSG, "hash block size is 256, must be a power of 2"},
		{68, 4, 768, -EBADMSG, "hash block size is 768"},
		{72, 8, 0, -EBADMSG, "0 data blocks, must be 1 to"},
		{72, 8, UINT64_C(1) << 60, -EBADMSG, "data blocks, must be 1 to"},
		{80, 2, 257, -EBADMSG, "salt has 257 bytes, at most 256 are allowed"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(pair_done) struct pair pair =
			pair_make("sha256", 512, 512, 5, 3);
		struct verity_report report;
		struct error error = ERROR_INIT;

		write_le(pair.hash + cases[i].at, cases[i].size, cases[i].value);
		assert_int_equal(pair_check(&pair, 0, &report, &error), cases[i].code);
		test_error(&error, cases[i].code, cases[i].at == 7 ? 0 : cases[i].at,
			   cases[i].words);
	}
}

static void test_sizes_of_blocks_and_salts(void **state)
{
	static const uint32_t sizes[] = {512, 1024, 4096, 65536};

	for (size_t i = 0; i < 16; i++) {
		_cleanup_(pair_done) struct pair pair =
			pair_make("sha256", sizes[i / 4], sizes[i % 4], 9, 32);

		pair_assert_clean(&pair);
	}
	for (uint16_t size = 0; size <= 256; size++) {
		_cleanup_(pair_done) struct pair pair =
			pair_make("sha256", 512, 512, 20, size);

		pair_assert_clean(&pair);
	}
}

/* 16 digests of 32 bytes in 512: up to 16, 256, 4096 blocks there is one level more. */
static void test_counts_of_blocks(void **state)
{
	static const size_t counts[] = {1,   2,   15,  16,   17,   31,   32,  33,
					255, 256, 257, 4095, 4096, 4097, 5000};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		_cleanup_(pair_done) struct pair pair =
			pair_make("sha256", 512, 512, counts[i], 8);

		pair_assert_clean(&pair);
	}
}

static void test_algorithms(void **state)
{
	static const char *const names[] = {"sha1", "sha224", "sha384", "sha512", "md5"};
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 5, 3);
	struct verity_report report;
	struct error error = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_(pair_done) struct pair other =
			pair_make(names[i], 512, 512, 100, 3);

		pair_assert_clean(&other);
	}
	memset(pair.hash + 32, 'x', 32);
	assert_int_equal(pair_check(&pair, 0, &report, &error), -EOPNOTSUPP);
	assert_int_equal(error.code, -EOPNOTSUPP);
}

static void test_short_data(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 20, 0);

	for (size_t size = 0; size < 20 * 512; size += 101) {
		struct verity_report report;
		struct error error = ERROR_INIT;
		char words[100];

		pair.data_size = size;
		(void)snprintf(words, sizeof(words),
			       "data has %zu bytes, must have 10240 (20 blocks of 512)",
			       size);
		assert_int_equal(pair_check(&pair, 0, &report, &error), -EBADMSG);
		test_error(&error, -EBADMSG, 72, words);
	}
}

static void test_short_tree(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 20, 0);
	size_t whole = pair.hash_size;

	for (size_t size = 0; size < whole; size++) {
		struct verity_report report;
		struct error error = ERROR_INIT;

		pair.hash_size = size;
		assert_int_equal(pair_check(&pair, 0, &report, &error), -EBADMSG);
		if (size < 512)
			test_error(&error, -EBADMSG, 0, "verity superblock: ");
		else
			test_error(&error, -EBADMSG, 72, "superblock and tree need 2048");
	}
}

/* What lies behind data and tree is none of their business. */
static void test_room_behind(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 20, 0);

	write_le(pair.hash + 72, 8, 19);
	/* The twentieth digest is now one too many. */
	pair_assert_clean(&pair);
}

static void test_counts_that_no_file_has(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 20, 0);

	for (unsigned shift = 16; shift < 64; shift++) {
		struct verity_report report;
		struct error error = ERROR_INIT;

		write_le(pair.hash + 72, 8, (UINT64_C(1) << shift) - 1);
		assert_int_equal(pair_check(&pair, 0, &report, &error), -EBADMSG);
		test_error(&error, -EBADMSG, 72, "data");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_superblock),
		cmocka_unit_test(test_superblock_faults),
		cmocka_unit_test(test_sizes_of_blocks_and_salts),
		cmocka_unit_test(test_counts_of_blocks),
		cmocka_unit_test(test_algorithms),
		cmocka_unit_test(test_short_data),
		cmocka_unit_test(test_short_tree),
		cmocka_unit_test(test_room_behind),
		cmocka_unit_test(test_counts_that_no_file_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
