/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <sys/stat.h>

#include "formats/core/cursor.h"
#include "test/lib/erofs.h"
#include "test/lib/run.h"

#define BLOCK 4096

/* The sum covers the first block, in which these tests write. */
static void drop_checksum(uint8_t *image)
{
	image[EROFS_SUPERBLOCK_AT + 8] &= (uint8_t)~1;
}

/* What hostile bytes may be answered with; never -ENOMEM, for one. */
static bool is_answer(int code)
{
	return code == 0 || code == -EBADMSG || code == -EOPNOTSUPP || code == -E2BIG;
}

static int read_content(void *context, const struct entry *entry, struct error *error)
{
	uint8_t bytes[300];
	uint64_t at = entry->size / 2;

	if (!entry->content || entry->size == 0)
		return 0;
	assert_true(is_answer(erofs_content_check(entry->content, error)));
	assert_true(is_answer(source_read(entry->content, at, bytes,
					  (size_t)MIN(entry->size - at, sizeof(bytes)),
					  error)));
	return 0;
}

static int read_image(const void *data, size_t size, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	struct entry_visitor visitor = {.add = read_content};
	struct erofs_info info;

	*error = (struct error)ERROR_INIT;
	return erofs_read(source, &visitor, &info, error);
}

static uint8_t *make_image(size_t *size)
{
	_cleanup_(test_directory_freep) char *directory = test_directory_new();
	_cleanup_free_ char *link = NULL;

	free(test_directory_write(directory, "aaa", "content", 7));
	free(test_directory_write(directory, "bb", "", 0));
	free(test_directory_write(directory, "dir/x", "", 0));
	assert_true(asprintf(&link, "%s/link", directory) > 0);
	assert_int_equal(symlink("target", link), 0);
	return erofs_make(directory, "-Eforce-inode-extended", size);
}

static void test_superblock_faults(void **state)
{
	static const struct {
		size_t at, size;
		uint64_t value;
		int code;
		uint64_t offset;
		const char *words;
	} cases[] = {
		{0, 1, 0, -EBADMSG, 1024, "has no erofs superblock at byte 1024"},
		{12, 1, 8, -EBADMSG, 1036, "blocks of 2^8 bytes, must be between"},
		{12, 1, 17, -EBADMSG, 1036, "blocks of 2^17 bytes, must be between"},
		{13, 1, 255, -EBADMSG, 1037, "255 extension slots, at most 184 fit"},
		{36, 4, UINT32_MAX, -EBADMSG, 1060, "superblock counts 17592186040320"},
		{80, 4, 0x201, -EOPNOTSUPP, 1104, "features 0x201, of which 0x200"},
		{80, 4, 0x101, -EBADMSG, 1037, "no extension slot for a metabox"},
		{90, 1, 1, -EOPNOTSUPP, 1114, "directories in units of 2^1 blocks"},
		{14, 2, 65535, -EBADMSG, ERROR_NO_OFFSET, "inode 65535 is not in the"},
		{40, 4, UINT32_MAX, -EBADMSG, ERROR_NO_OFFSET, "is not in the"},
	};
	size_t size;
	_cleanup_free_ uint8_t *image = make_image(&size);
	struct error error;

	drop_checksum(image);
	test_ok(read_image(image, size, &error), &error);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ uint8_t *bad = malloc(size);

		memcpy(bad, image, size);
		write_le(bad + EROFS_SUPERBLOCK_AT + cases[i].at, cases[i].size,
			 cases[i].value);
		assert_int_equal(read_image(bad, size, &error), cases[i].code);
		test_error(&error, cases[i].code, cases[i].offset, cases[i].words);
	}
	assert_false(erofs_probe(span_make(image + EROFS_SUPERBLOCK_AT, 3)));
}

static void test_devices_and_sum(void **state)
{
	size_t size;
	_cleanup_free_ uint8_t *image = make_image(&size);
	struct error error;

	image[EROFS_SUPERBLOCK_AT + 64] ^= 1;
	assert_int_equal(read_image(image, size, &error), -EBADMSG);
	test_error(&error, -EBADMSG, 1028, "superblock has checksum");
	drop_checksum(image);
	test_ok(read_image(image, size, &error), &error);
	image[EROFS_SUPERBLOCK_AT + 80] |= 8;
	test_ok(read_image(image, size, &error), &error);
	image[EROFS_SUPERBLOCK_AT + 86] = 2;
	assert_int_equal(read_image(image, size, &error), -EOPNOTSUPP);
	test_error(&error, -EOPNOTSUPP, 1110, "is spread over 2 further devices");
}

/* Where the bytes of a string are in the image. */
static uint8_t *find(uint8_t *image, size_t size, const char *string)
{
	uint8_t *at = memmem(image, size, string, strlen(string));

	assert_non_null(at);
	return at;
}

/* Names stand together: "...aaabbdirlink". */
static void test_bad_names(void **state)
{
	static const struct {
		size_t at, size;
		const char *new, *words;
	} cases[] = {
		{3, 2, "zz", "directory entry 'dir' comes after 'zz', must be sorted"},
		{0, 3, "...", NULL},
		{3, 2, "a/", "a directory holds the name 'a/'"},
		{0, 3, "a\0a", "a directory holds the name 'a'"},
		{3, 2, "\0\0", "a directory holds the name ''"},
	};
	size_t size;
	_cleanup_free_ uint8_t *image = make_image(&size);
	struct error error;

	drop_checksum(image);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ uint8_t *bad = malloc(size);
		int r;

		memcpy(bad, image, size);
		memcpy(find(bad, size, "aaabbdirlink") + cases[i].at, cases[i].new,
		       cases[i].size);
		r = read_image(bad, size, &error);
		if (!cases[i].words) {
			test_ok(r, &error);
			continue;
		}
		assert_int_equal(r, -EBADMSG);
		test_error(&error, -EBADMSG, ERROR_NO_OFFSET, cases[i].words);
	}
}

/* The root's entries: ".", "..", "aaa", "bb", "dir", "link", in front of their names. */
static uint8_t *root_entry(uint8_t *image, size_t size, size_t i)
{
	return find(image, size, "...aaabbdirlink") - (6 - i) * 12;
}

static void test_bad_entries(void **state)
{
	static const struct {
		size_t entry, at, size;
		uint64_t value;
		const char *words;
	} cases[] = {
		{0, 8, 2, 11, "entry 0 of a directory's block"},
		{0, 8, 2, 0, "entry 0 of a directory's block"},
		{0, 8, 2, 65535, "entry 0 of a directory's block"},
		{2, 8, 2, 0, "of a directory's block"},
		{5, 8, 2, 65535, "of a directory's block"},
		{3, 0, 8, INT64_MAX, "inode 9223372036854775807 is not in the"},
		{3, 0, 8, UINT64_MAX, "is in a metabox, which the image does not have"},
		/* The root is nid 36. */
		{4, 0, 8, 36, "directory 'dir' has the inode of another directory"},
	};
	size_t size;
	_cleanup_free_ uint8_t *image = make_image(&size);
	struct error error;

	drop_checksum(image);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ uint8_t *bad = malloc(size);

		memcpy(bad, image, size);
		write_le(root_entry(bad, size, cases[i].entry) + cases[i].at,
			 cases[i].size, cases[i].value);
		assert_int_equal(read_image(bad, size, &error), -EBADMSG);
		test_error(&error, -EBADMSG, ERROR_NO_OFFSET, cases[i].words);
	}
}

static void test_bad_inodes(void **state)
{
	static const struct {
		size_t entry, at, size;
		uint64_t value;
		int code;
		const char *words;
	} cases[] = {
		{2, 0, 2, 0x0b, -EOPNOTSUPP, "'aaa': inode has the format 0xb"},
		{2, 4, 2, 0, -EBADMSG, "'aaa': mode 0 is no file type"},
		{2, 8, 8, UINT64_MAX, -EBADMSG, "'aaa': inode has 18446744073709551615"},
		{5, 8, 8, 4096, -EBADMSG, "'link': link's target has 4096 bytes"},
		{5, 8, 8, 0, -EBADMSG, "'link': link's target has 0 bytes"},
		{5, 8, 8, 4095, -EBADMSG, "'link': 4095 bytes behind an inode cross"},
		{5, 8, 8, 8, -EBADMSG, "a NUL byte behind 'target'"},
		{4, 8, 8, 4096, -EBADMSG, "'dir': 4096 bytes behind an inode cross"},
		{0, 4, 2, S_IFREG, -EBADMSG, "the root is no directory"},
	};
	size_t size;
	_cleanup_free_ uint8_t *image = make_image(&size);

	drop_checksum(image);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ uint8_t *bad = malloc(size);
		struct cursor cursor;
		struct error error;
		uint64_t nid;

		memcpy(bad, image, size);
		cursor = cursor_make(span_make(root_entry(bad, size, cases[i].entry), 8));
		nid = cursor_le64(&cursor);
		write_le(bad + nid * 32 + cases[i].at, cases[i].size, cases[i].value);
		assert_int_equal(read_image(bad, size, &error), cases[i].code);
		assert_non_null(strstr(error.message, cases[i].words));
	}
}

static void test_truncated(void **state)
{
	size_t size;
	_cleanup_free_ uint8_t *image = make_image(&size);
	struct error error;

	for (size_t i = 0; i < size; i += i < 2048 ? 1 : 61)
		assert_int_equal(read_image(image, i, &error), -EBADMSG);
}

/* An image as the start of a sparse disk: zeros up to the end. */
struct sparse {
	uint8_t *image;
	size_t size;
};

static int read_sparse(void *state, uint64_t offset, void *buffer, size_t size,
		       struct error *error)
{
	const struct sparse *sparse = state;

	memset(buffer, 0, size);
	if (offset < sparse->size)
		memcpy(buffer, sparse->image + offset,
		       MIN(size, sparse->size - (size_t)offset));
	return 0;
}

static int check_content(void *context, const struct entry *entry, struct error *error)
{
	return entry->content ? erofs_content_check(entry->content, error) : 0;
}

/* A file of 2^60 bytes in chunks of 4096, whose table is in the zeros. */
static void test_endless_chunks(void **state)
{
	static const struct source_ops ops = {.read = read_sparse};
	struct entry_visitor visitor = {.add = check_content};
	struct erofs_info info;
	struct error error = ERROR_INIT;
	struct sparse sparse;
	_cleanup_free_ uint8_t *image = make_image(&sparse.size);
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct cursor cursor;
	uint8_t *inode;

	drop_checksum(image);
	cursor = cursor_make(span_make(root_entry(image, sparse.size, 2), 8));
	inode = image + cursor_le64(&cursor) * 32;
	inode[0] = 4 << 1 | 1;
	write_le(inode + 8, 8, UINT64_C(1) << 60);
	write_le(inode + 16, 4, 0);
	sparse.image = image;
	source = source_custom(&ops, &sparse, UINT64_C(1) << 50);
	assert_non_null(source);
	assert_int_equal(erofs_read(source, &visitor, &info, &error), -E2BIG);
	test_error(&error, -E2BIG, ERROR_NO_OFFSET, "more than 16000000 pieces");
}

/* Whatever is written there: an answer, and no byte read that is not there. */
static void check_flips(const char *options, size_t step)
{
	_cleanup_(test_directory_freep) char *directory = erofs_tree_new();
	size_t size, n_refused = 0;
	_cleanup_free_ uint8_t *image = erofs_make(directory, options, &size);
	struct error error;

	drop_checksum(image);
	test_ok(read_image(image, size, &error), &error);
	for (size_t at = 0; at < size; at += at < 8192 ? 7 : step) {
		uint8_t old = image[at];
		int r;

		image[at] = (uint8_t)~old;
		r = read_image(image, size, &error);
		image[at] = old;
		assert_true(is_answer(r));
		n_refused += r < 0;
	}
	assert_true(n_refused > 10);
}

static void test_flips(void **state)
{
	check_flips("", 997);
	check_flips("-x1 -Eforce-inode-extended", 997);
	check_flips("--chunksize=4096", 997);
	check_flips("-zlz4hc", 499);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_superblock_faults),
		cmocka_unit_test(test_devices_and_sum),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_bad_entries),
		cmocka_unit_test(test_bad_inodes),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_endless_chunks),
		cmocka_unit_test(test_flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
