/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/limits.h"
#include "test/lib/pair.h"

/*
 * That these and only these data blocks and hash offsets are bad; lists end with 0 (or n
 * 0).
 */
static void assert_bad(const struct pair *pair, size_t n_blocks, const uint64_t *blocks,
		       size_t n_hashes, const uint64_t *hashes)
{
	struct verity_report report = pair_check_good(pair);

	assert_int_equal(report.n_bad_total, n_blocks);
	assert_int_equal(report.n_bad_blocks, n_blocks);
	assert_int_equal(report.n_bad_hashes, n_hashes);
	for (size_t i = 0; i < n_blocks; i++)
		assert_int_equal(report.bad_blocks[i], blocks[i]);
	for (size_t i = 0; i < n_hashes; i++)
		assert_int_equal(report.bad_hash_offsets[i], hashes[i]);
	verity_report_done(&report);
}

static void test_each_byte_of_the_data(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 20, 32);

	for (size_t i = 0; i < pair.data_size; i += 3) {
		uint64_t block = i / 512;

		pair.data[i] ^= (uint8_t)(1 << i % 8);
		assert_bad(&pair, 1, &block, 0, NULL);
		pair.data[i] ^= (uint8_t)(1 << i % 8);
	}
	pair_assert_clean(&pair);
}

/* The only block has no tree: its digest is the root hash. */
static void test_single_block(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 4096, 4096, 1, 32);
	struct verity_report report;

	pair.data[4095] ^= 1;
	report = pair_check_good(&pair);
	assert_memory_not_equal(report.root_hash, pair.root, 32);
	assert_int_equal(report.n_bad_total, 0);
	verity_report_done(&report);
}

/* 300 blocks: level 0 has 19 blocks at 2048, level 1 has 2 at 1024, the top is at 512. */
static void test_hash_blocks(void **state)
{
	static const struct {
		size_t flip;
		size_t n_blocks, n_hashes;
		uint64_t blocks[1], hashes[2];
		bool root;
	} cases[] = {
		{2048 + 5 * 512 + 3 * 32, 1, 1, {83}, {2048 + 5 * 512}, false},
		{2048 + 18 * 512 + 15 * 32, 0, 1, {0}, {2048 + 18 * 512}, false},
		{1536 + 32, 0, 2, {0}, {1536, 2048 + 17 * 512}, false},
		{1536 + 3 * 32, 0, 1, {0}, {1536}, false},
		{512 + 32, 0, 1, {0}, {1536}, true},
		{512 + 511, 0, 0, {0}, {0}, true},
		{400, 0, 0, {0}, {0}, false},
	};
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 300, 32);

	assert_int_equal(pair.level0, 2048);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct verity_report report;

		pair.hash[cases[i].flip] ^= 0x80;
		assert_bad(&pair, cases[i].n_blocks, cases[i].blocks, cases[i].n_hashes,
			   cases[i].hashes);
		report = pair_check_good(&pair);
		assert_int_equal(memcmp(report.root_hash, pair.root, 32) != 0,
				 cases[i].root);
		verity_report_done(&report);
		pair.hash[cases[i].flip] ^= 0x80;
	}
}

static void test_each_byte_of_the_tree(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 20, 32);

	for (size_t i = 512; i < pair.hash_size; i++) {
		struct verity_report report;
		uint64_t block = i / 512 * 512;
		bool top = block == 512;

		pair.hash[i] ^= 4;
		report = pair_check_good(&pair);
		assert_int_equal(memcmp(report.root_hash, pair.root, 32) != 0, top);
		if (!top) {
			assert_int_equal(report.n_bad_hashes, 1);
			assert_int_equal(report.bad_hash_offsets[0], block);
		}
		verity_report_done(&report);
		pair.hash[i] ^= 4;
	}
}

/* Damage in many pieces, in the order of the blocks, whoever found them. */
static void assert_same(const struct verity_report *a, const struct verity_report *b)
{
	assert_int_equal(a->n_bad_total, b->n_bad_total);
	assert_int_equal(a->n_bad_blocks, b->n_bad_blocks);
	assert_int_equal(a->n_bad_hashes, b->n_bad_hashes);
	assert_memory_equal(a->root_hash, b->root_hash, DIGEST_MAX_SIZE);
	for (size_t i = 0; i < a->n_bad_blocks; i++)
		assert_int_equal(a->bad_blocks[i], b->bad_blocks[i]);
	for (size_t i = 0; i < a->n_bad_hashes; i++)
		assert_int_equal(a->bad_hash_offsets[i], b->bad_hash_offsets[i]);
}

static void check_threads(const struct pair *pair)
{
	static const unsigned counts[] = {0, 2, 64, 1000};
	struct verity_report one = {0};
	struct error error = ERROR_INIT;

	test_ok(pair_check(pair, 1, &one, &error), &error);
	assert_true(one.n_bad_total > 0);
	for (size_t i = 0; i < 4 * ARRAY_SIZE(counts); i++) {
		struct verity_report many = {0};

		test_ok(pair_check(pair, counts[i / 4], &many, &error), &error);
		assert_same(&one, &many);
		verity_report_done(&many);
	}
	verity_report_done(&one);
}

static void test_threads(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 5000, 32);

	for (size_t i = 7; i < 5000; i += 333)
		pair.data[i * 512 + i % 512] ^= 1;
	pair.hash[pair.level0 + 700] ^= 1;
	check_threads(&pair);
}

/* All are counted, the first are listed, with any number of threads. */
static void test_more_than_are_listed(void **state)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 20000, 32);
	struct verity_report report;

	for (size_t i = 0; i < 20000; i++)
		pair.data[i * 512] ^= i != 5;
	report = pair_check_good(&pair);
	assert_int_equal(report.n_bad_total, 19999);
	assert_int_equal(report.n_bad_blocks, LIMIT_BAD_BLOCKS);
	for (size_t i = 0; i < LIMIT_BAD_BLOCKS; i++)
		assert_int_equal(report.bad_blocks[i], i + (i >= 5));
	verity_report_done(&report);
	check_threads(&pair);
}

/* A source whose disk fails, which is the run's failure and not a finding. */
static int fail_behind(void *state, uint64_t offset, void *buffer, size_t size,
		       struct error *error)
{
	memset(buffer, 0, size);
	if (offset < *(const uint64_t *)state)
		return 0;
	return error_set(error, -EIO, "cannot read: the disk is gone");
}

static void test_failing_source(void **state)
{
	static const struct source_ops ops = {.read = fail_behind};
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 512, 512, 5000, 32);
	_cleanup_(source_unrefp) struct source *hash =
		test_source(pair.hash, pair.hash_size);

	for (uint64_t at = 0; at < pair.data_size; at += pair.data_size / 4) {
		_cleanup_(source_unrefp) struct source *data =
			source_custom(&ops, &at, pair.data_size);
		struct verity_report report;
		struct error error = ERROR_INIT;

		assert_int_equal(
			verity_check(data, hash, &pair.superblock, 0, &report, &error),
			-EIO);
		test_error(&error, -EIO, ERROR_NO_OFFSET, "the disk is gone");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_byte_of_the_data),
		cmocka_unit_test(test_single_block),
		cmocka_unit_test(test_hash_blocks),
		cmocka_unit_test(test_each_byte_of_the_tree),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_more_than_are_listed),
		cmocka_unit_test(test_failing_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
