/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <sys/stat.h>

#include "test/lib/pair.h"

struct place {
	char directory[64], data[80], hash[80];
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->directory, "/tmp/test-verity-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	(void)snprintf(place->data, sizeof(place->data), "%s/data", place->directory);
	(void)snprintf(place->hash, sizeof(place->hash), "%s/hash", place->directory);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	(void)unlink(place->data);
	(void)unlink(place->hash);
	(void)rmdir(place->directory);
	free(place);
	return 0;
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* The file that libcryptsetup writes is the one that was built here, byte for byte. */
static void check_write(const struct place *place, size_t n, uint16_t salt_size)
{
	_cleanup_(pair_done) struct pair pair =
		pair_make("sha256", 4096, 4096, n, salt_size);
	_cleanup_(source_unrefp) struct source *data = NULL, *hash = NULL;
	_cleanup_free_ uint8_t *written = NULL;
	struct verity_superblock superblock;
	struct verity_report report;
	struct error error = ERROR_INIT;
	uint8_t root[32];
	size_t size;

	write_file(place->data, pair.data, pair.data_size);
	write_file(place->hash, "", 0);
	test_ok(verity_write(place->data, pair.data_size, place->hash,
			     &pair.superblock.uuid, pair.superblock.salt, salt_size, root,
			     &error),
		&error);
	assert_memory_equal(root, pair.root, 32);
	written = test_read_file(place->hash, &size);
	assert_int_equal(size, pair.hash_size);
	assert_memory_equal(written, pair.hash, size);
	test_ok(source_open_file(place->data, &data, &error), &error);
	test_ok(source_open_file(place->hash, &hash, &error), &error);
	test_ok(verity_read_superblock(hash, &superblock, &error), &error);
	test_ok(verity_check(data, hash, &superblock, 0, &report, &error), &error);
	assert_int_equal(report.n_bad_total, 0);
	assert_int_equal(report.n_bad_hashes, 0);
	assert_memory_equal(report.root_hash, root, 32);
	verity_report_done(&report);
}

/* 128 digests in a block: two levels from 129 blocks on, three from 16385. */
static void test_counts_of_blocks(void **state)
{
	static const size_t counts[] = {2, 3, 127, 128, 129, 300, 16385};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		check_write(*state, counts[i], 32);
}

static void test_salts(void **state)
{
	static const uint16_t sizes[] = {0, 1, 31, 32, 64, 255, 256};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		check_write(*state, 5, sizes[i]);
}

static void test_errors(void **state)
{
	const struct place *place = *state;
	static const struct uuid uuid = {{1}};
	static const uint64_t sizes[] = {0, 1, 4095, 4097};
	uint8_t root[32], zeros[4096] = {0};
	struct error error = ERROR_INIT;
	int r;

	write_file(place->data, zeros, sizeof(zeros));
	write_file(place->hash, "", 0);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(verity_write(place->data, sizes[i], place->hash, &uuid,
					      zeros, 32, root, &error),
				 -EINVAL);
		test_error(&error, -EINVAL, ERROR_NO_OFFSET,
			   "bytes, must be a multiple of 4096");
	}
	/* Which errno is libcryptsetup's own choice. */
	r = verity_write("/nonexistent/data", 4096, place->hash, &uuid, zeros, 32, root,
			 &error);
	assert_true(r < 0);
	test_error(&error, r, ERROR_NO_OFFSET, "cannot write the hash tree: ");
	r = verity_write(place->data, 4096, "/nonexistent/hash", &uuid, zeros, 32, root,
			 &error);
	assert_true(r < 0);
	test_error(&error, r, ERROR_NO_OFFSET, "cannot open the hash file: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts_of_blocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_salts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
