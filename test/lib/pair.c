/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/pair.h"

#include <stdio.h>

#include "formats/core/cursor.h"

void pair_done(struct pair *pair)
{
	free(pair->data);
	free(pair->hash);
}

static void digest_of(const struct pair *pair, const uint8_t *block, size_t size,
		      uint8_t *ret)
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	struct error error = ERROR_INIT;

	test_ok(digest_new(pair->superblock.algorithm, &digest, &error), &error);
	digest_add(digest, pair->superblock.salt, pair->superblock.salt_size);
	digest_add(digest, block, size);
	digest_finish(digest, ret);
}

/*
 * The level over @n blocks, with the levels above it before it; returns its size in
 * bytes.
 */
static size_t build_level(struct pair *pair, const uint8_t *blocks, size_t n,
			  size_t block_size)
{
	size_t hash_block_size = pair->superblock.hash_block_size;
	size_t per_block = hash_block_size / pair->slot_size;
	size_t n_level = (n + per_block - 1) / per_block, above;
	uint8_t *level;

	if (n == 1) {
		digest_of(pair, blocks, block_size, pair->root);
		return 0;
	}
	level = calloc(n_level, hash_block_size);
	assert_non_null(level);
	for (size_t i = 0; i < n; i++)
		digest_of(pair, blocks + i * block_size, block_size,
			  level + i / per_block * hash_block_size +
				  i % per_block * pair->slot_size);
	above = build_level(pair, level, n_level, hash_block_size);
	pair->level0 = hash_block_size + above;
	pair->hash_size = pair->level0 + n_level * hash_block_size;
	pair->hash = realloc(pair->hash, pair->hash_size);
	memcpy(pair->hash + pair->level0, level, n_level * hash_block_size);
	free(level);
	return above + n_level * hash_block_size;
}

static void put_superblock(const struct verity_superblock *superblock, uint8_t *to)
{
	memset(to, 0, 512);
	memcpy(to, "verity\0\0", 8);
	write_le(to + 8, 4, superblock->version);
	write_le(to + 12, 4, superblock->hash_type);
	memcpy(to + 16, superblock->uuid.bytes, 16);
	memcpy(to + 32, superblock->algorithm, 32);
	write_le(to + 64, 4, superblock->data_block_size);
	write_le(to + 68, 4, superblock->hash_block_size);
	write_le(to + 72, 8, superblock->n_data_blocks);
	write_le(to + 80, 2, superblock->salt_size);
	memcpy(to + 88, superblock->salt, sizeof(superblock->salt));
}

struct pair pair_make(const char *algorithm, uint32_t data_block_size,
		      uint32_t hash_block_size, size_t n, uint16_t salt_size)
{
	struct pair pair = {.superblock = {.version = 1,
					   .hash_type = 1,
					   .data_block_size = data_block_size,
					   .hash_block_size = hash_block_size,
					   .n_data_blocks = n,
					   .salt_size = salt_size}};
	_cleanup_(digest_freep) struct digest *digest = NULL;

	(void)snprintf(pair.superblock.algorithm, 32, "%s", algorithm);
	memset(pair.superblock.salt, 0x5a, salt_size);
	memset(pair.superblock.uuid.bytes, 0x17, 16);
	test_ok(digest_new(algorithm, &digest, NULL), NULL);
	pair.digest_size = digest_size(digest);
	for (pair.slot_size = 1; pair.slot_size < pair.digest_size;)
		pair.slot_size *= 2;
	pair.data_size = n * data_block_size;
	pair.data = malloc(pair.data_size);
	pair.hash_size = hash_block_size;
	pair.hash = calloc(1, hash_block_size);
	for (size_t i = 0; i < pair.data_size; i++)
		pair.data[i] = (uint8_t)(i * 31 + (i >> 9));
	(void)build_level(&pair, pair.data, n, data_block_size);
	put_superblock(&pair.superblock, pair.hash);
	return pair;
}

int pair_check(const struct pair *pair, unsigned max_threads,
	       struct verity_report *report, struct error *error)
{
	_cleanup_(source_unrefp) struct source *data =
		test_source(pair->data, pair->data_size);
	_cleanup_(source_unrefp) struct source *hash =
		test_source(pair->hash, pair->hash_size);
	struct verity_superblock superblock;
	int r = verity_read_superblock(hash, &superblock, error);

	return r < 0 ? r
		     : verity_check(data, hash, &superblock, max_threads, report, error);
}

struct verity_report pair_check_good(const struct pair *pair)
{
	struct verity_report report = {0};
	struct error error = ERROR_INIT;

	test_ok(pair_check(pair, 0, &report, &error), &error);
	return report;
}

void pair_assert_clean(const struct pair *pair)
{
	struct verity_report report = pair_check_good(pair);

	assert_int_equal(report.n_bad_total, 0);
	assert_int_equal(report.n_bad_blocks, 0);
	assert_int_equal(report.n_bad_hashes, 0);
	assert_int_equal(report.root_hash_size, pair->digest_size);
	assert_memory_equal(report.root_hash, pair->root, pair->digest_size);
	assert_int_equal(report.tree_size, pair->hash_size);
	verity_report_done(&report);
}
