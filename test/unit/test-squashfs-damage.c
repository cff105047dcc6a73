/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <malloc.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "test/lib/squash.h"

/* An inode may claim petabytes, for which malloc() gives NULL, also under the sanitizer.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* Everything of an image is read: names, attributes, contents, extents. */
struct sum {
	uint64_t n_entries, n_content_errors;
	int content_error; /* the last */
};

static int ignore_range(void *context, uint64_t offset, uint64_t size)
{
	return 0;
}

static int read_entry(void *context, const struct entry *entry, struct error *error)
{
	struct sum *sum = context;
	struct error why = ERROR_INIT;
	_cleanup_free_ uint8_t *data = NULL;
	size_t size;
	int r;

	sum->n_entries++;
	assert_true(strlen(entry->path) < LIMIT_PATH_SIZE);
	for (size_t i = 0; i < entry->n_xattrs; i++)
		assert_non_null(entry->xattrs[i].name);
	if (!entry->content)
		return 0;
	r = source_read_all(entry->content, MIB, &data, &size, &why);
	if (r < 0) {
		sum->n_content_errors++;
		sum->content_error = r;
		assert_int_equal(why.code, r);
	}
	r = squashfs_content_extents(entry->content, ignore_range, NULL, &why);
	assert_true(r == 0 || error_is_input(r));
	return 0;
}

static int read_all(struct source *source, struct sum *sum, struct error *error)
{
	struct entry_visitor visitor = {.add = read_entry, .context = sum};
	struct squashfs_info info;

	*sum = (struct sum){0};
	return squashfs_read(source, &visitor, &info, error);
}

/* Reads broken bytes: no crash, and nothing that would be taken for a failure of the run.
 */
static int read_broken(const uint8_t *data, size_t size, struct sum *sum)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	struct error error = ERROR_INIT;
	int r = read_all(source, sum, &error);

	assert_true(r == 0 || error_is_input(r));
	assert_int_equal(error.code, r);
	if (r < 0)
		assert_true(*error.message);
	if (sum->n_content_errors > 0)
		assert_true(error_is_input(sum->content_error));
	return r;
}

static uint64_t bytes_used(const uint8_t *image)
{
	struct cursor cursor = cursor_make(span_make(image, SQUASHFS_SUPERBLOCK_SIZE));

	cursor_skip(&cursor, 40);
	return cursor_le64(&cursor);
}

static void test_truncation(void **state)
{
	size_t size;
	_cleanup_free_ uint8_t *image =
		squash_make(squash_tree, squash_tree_size, "", &size);
	uint64_t used = bytes_used(image);

	for (size_t cut = 0; cut < size; cut++) {
		_cleanup_(source_unrefp) struct source *source = test_source(image, cut);
		struct error error = ERROR_INIT;
		struct sum sum;
		int r = read_all(source, &sum, &error);

		if (cut >= used) {
			test_ok(r, &error);
			assert_int_equal(sum.n_entries, squash_tree_size + 1);
			assert_int_equal(sum.n_content_errors, 0);
			continue;
		}
		assert_int_equal(r, -EBADMSG);
		if (cut < SQUASHFS_SUPERBLOCK_SIZE)
			test_error(&error, -EBADMSG, 0, "a squashfs superblock takes 96");
		else
			test_error(&error, -EBADMSG, 40, "squashfs has ");
	}
}

/* The same where the superblock agrees with the size, so that the tables are what is cut.
 */
static void check_cut_tables(const char *options)
{
	size_t size;
	_cleanup_free_ uint8_t *image =
		squash_make(squash_tree, squash_tree_size, options, &size);
	uint64_t used = bytes_used(image);

	for (size_t cut = SQUASHFS_SUPERBLOCK_SIZE; cut < used; cut++) {
		struct sum sum;

		write_le(image + 40, 8, cut);
		assert_true(read_broken(image, cut, &sum) < 0);
	}
}

static void test_cut_tables(void **state)
{
	check_cut_tables("");
	check_cut_tables("-noI -noD -noF -noX");
	check_cut_tables("-comp zstd");
}

/* One bit of each byte. */
static void check_flips(const char *options, uint8_t bit)
{
	size_t size, n_noticed = 0;
	_cleanup_free_ uint8_t *image =
		squash_make(squash_tree, squash_tree_size, options, &size);
	uint64_t used = bytes_used(image);

	for (size_t at = 0; at < used; at++) {
		struct sum sum;

		image[at] ^= bit;
		n_noticed +=
			read_broken(image, used, &sum) < 0 || sum.n_content_errors > 0;
		image[at] ^= bit;
	}
	assert_true(n_noticed > used / 4);
}

static void test_flips(void **state)
{
	check_flips("", 0x01);
	check_flips("", 0x10);
	check_flips("-comp xz", 0x10);
	check_flips("-comp zstd", 0x10);
}

/* Where nothing is compressed a flip reaches the tables themselves, and not zlib's sum.
 */
static void test_flips_of_stored_tables(void **state)
{
	check_flips("-noI -noD -noF -noX", 0x10);
	check_flips("-noI -noD -noF -noX", 0x08);
}

/* A disk that fails at the n-th read. */
struct failing {
	const uint8_t *data;
	uint64_t left;
};

static int fail_at_last(void *state, uint64_t offset, void *buffer, size_t size,
			struct error *error)
{
	struct failing *failing = state;

	if (failing->left == 0)
		return error_set(error, -EIO, "cannot read: the disk is gone");
	failing->left--;
	memcpy(buffer, failing->data + offset, size);
	return 0;
}

static void test_failing_source(void **state)
{
	static const struct source_ops ops = {.read = fail_at_last};
	size_t size;
	_cleanup_free_ uint8_t *image =
		squash_make(squash_tree, squash_tree_size, "", &size);
	bool whole = false;

	for (uint64_t n = 0; !whole; n++) {
		struct failing failing = {.data = image, .left = n};
		_cleanup_(source_unrefp) struct source *source =
			source_custom(&ops, &failing, size);
		struct error error = ERROR_INIT;
		struct sum sum;
		int r = read_all(source, &sum, &error);

		if (r < 0)
			test_error(&error, -EIO, ERROR_NO_OFFSET, "the disk is gone");
		else if (sum.n_content_errors > 0)
			assert_int_equal(sum.content_error, -EIO);
		else
			whole = true;
		assert_true(n < 1000);
		assert_true(n > 5 || !whole);
	}
}

/*
 * MALLOC_PERTURB_ would fill the gigabytes that a damaged size asks for and nobody
 * touches.
 */
static int leave_memory_alone(void **state)
{
	(void)mallopt(M_PERTURB, 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_cut_tables),
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_flips_of_stored_tables),
		cmocka_unit_test(test_failing_source),
	};

	return cmocka_run_group_tests(tests, leave_memory_alone, NULL);
}
