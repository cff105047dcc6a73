/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "formats/core/cursor.h"
#include "test/lib/squash.h"

static uint8_t *make_tree(const char *options, size_t *ret_size)
{
	return squash_make(squash_tree, squash_tree_size, options, ret_size);
}

static void assert_listing(const uint8_t *image, size_t size, const char *expected,
			   struct squashfs_info *ret)
{
	struct test_listing listing = {.with_content = true};
	struct entry_visitor visitor = test_listing_visitor(&listing);
	struct error error = ERROR_INIT;

	test_ok(squash_read(image, size, &visitor, ret, &error), &error);
	listing.text = realloc(listing.text, listing.size + 1);
	listing.text[listing.size] = 0;
	assert_string_equal(listing.text, expected);
	test_listing_done(&listing);
}

static void test_tree(void **state)
{
	size_t size;
	_cleanup_free_ uint8_t *image = make_tree("-b 8192", &size);
	_cleanup_(source_unrefp) struct source *source = test_source(image, size);
	struct squashfs_info info, again;
	struct error error = ERROR_INIT;

	assert_true(squashfs_probe(span_make(image, 4)));
	assert_listing(image, size, squash_tree_listing, &info);
	assert_int_equal(info.block_size, 8192);
	assert_int_equal(info.modified, 77);
	assert_string_equal(info.compressor, "gzip");
	/* The root is no member; the hard link has no inode of its own. */
	assert_int_equal(info.n_inodes, squash_tree_size);
	assert_true(info.bytes_used <= size && info.bytes_used + 4096 > size);
	test_ok(squashfs_read_info(source, &again, &error), &error);
	assert_int_equal(again.bytes_used, info.bytes_used);
	assert_int_equal(again.n_inodes, info.n_inodes);
	assert_int_equal(again.block_size, info.block_size);
}

/* However mksquashfs stores it, the tree is the same. */
static void test_ways_to_store(void **state)
{
	static const char *const options[] = {
		"-b 4096",
		"-b 131072",
		"-b 1048576",
		"-no-fragments",
		"-always-use-fragments",
		"-noI",
		"-noD",
		"-noF",
		"-noX",
		"-noId",
		"-noI -noD -noF -noX",
		"-exports",
		"-nopad",
		"-no-duplicates",
		"-Xcompression-level 1 -Xwindow-size 10",
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		struct squashfs_info info;
		size_t size;
		_cleanup_free_ uint8_t *image = make_tree(options[i], &size);

		assert_listing(image, size, squash_tree_listing, &info);
	}
}

static void test_compressors(void **state)
{
	static const struct {
		const char *name;
		bool optional; /* libsquashfs may have been built without */
	} cases[] = {{"gzip", false}, {"xz", false},  {"zstd", false},
		     {"lz4", true},   {"lzo", false}, {"lzo -Xalgorithm lzo1x_1", false},
		     {"lzma", true}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct entry_visitor visitor = {0};
		struct test_listing listing = {0};
		struct squashfs_info info;
		struct error error = ERROR_INIT;
		char words[64];
		size_t size;
		_cleanup_free_ uint8_t *image = NULL;
		int r;

		(void)snprintf(words, sizeof(words), "-comp %s", cases[i].name);
		image = make_tree(words, &size);
		visitor = test_listing_visitor(&listing);
		r = squash_read(image, size, &visitor, &info, &error);
		test_listing_done(&listing);
		assert_memory_equal(cases[i].name, info.compressor,
				    strlen(info.compressor));
		if (cases[i].optional && r < 0) {
			(void)snprintf(
				words, sizeof(words),
				"squashfs is compressed with %s, which libsquashfs",
				cases[i].name);
			test_error(&error, -EOPNOTSUPP, ERROR_NO_OFFSET, words);
			continue;
		}
		test_ok(r, &error);
		assert_listing(image, size, squash_tree_listing, &info);
	}
}

struct seen {
	uint64_t inodes[2];
	int64_t mtime;
	bool content_of_link;
};

static int look(void *context, const struct entry *entry, struct error *error)
{
	struct seen *seen = context;

	if (strcmp(entry->path, "usr/again") == 0)
		seen->inodes[0] = entry->inode;
	if (strcmp(entry->path, "usr/hello") == 0)
		seen->inodes[1] = entry->inode;
	if (strcmp(entry->path, "usr") == 0)
		seen->mtime = entry->mtime;
	if (entry->type != ENTRY_FILE && entry->content)
		seen->content_of_link = true;
	return 0;
}

static void test_entries(void **state)
{
	size_t size;
	_cleanup_free_ uint8_t *image = make_tree("", &size);
	struct seen seen = {0};
	struct entry_visitor visitor = {.add = look, .context = &seen};
	struct squashfs_info info;

	test_ok(squash_read(image, size, &visitor, &info, NULL), NULL);
	assert_true(seen.inodes[0] > 0);
	assert_int_equal(seen.inodes[0], seen.inodes[1]);
	assert_int_equal(seen.mtime, 5);
	assert_false(seen.content_of_link);
}

static int stop(void *context, const struct entry *entry, struct error *error)
{
	if ((*(int *)context)-- > 0)
		return 0;
	return error_set(error, -ECANCELED, "enough");
}

static void test_visitor_stops(void **state)
{
	size_t size;
	_cleanup_free_ uint8_t *image = make_tree("", &size);

	for (int n = 0; n < (int)squash_tree_size + 1; n++) {
		int left = n;
		struct entry_visitor visitor = {.add = stop, .context = &left};
		struct squashfs_info info;
		struct error error = ERROR_INIT;

		assert_int_equal(squash_read(image, size, &visitor, &info, &error),
				 -ECANCELED);
		test_error(&error, -ECANCELED, ERROR_NO_OFFSET, "enough");
	}
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
		{0, 1, 'H', -EBADMSG, 0, "does not begin with a squashfs superblock"},
		{0, 4, 0x68737173, -EBADMSG, 0, "does not begin with"},
		{28, 2, 3, -EBADMSG, 28, "squashfs version is 3.0, must be 4.0"},
		{30, 2, 1, -EBADMSG, 28, "squashfs version is 4.1, must be 4.0"},
		{12, 4, 2048, -EBADMSG, 12, "squashfs block size is 2048"},
		{12, 4, 8193, -EBADMSG, 12, "squashfs block size is 8193"},
		{12, 4, 2097152, -EBADMSG, 12, "squashfs block size is 2097152"},
		{22, 2, 14, -EBADMSG, 12, "block size is 8192 with logarithm 14"},
		{22, 2, 45, -EBADMSG, 12, "block size is 8192 with logarithm 45"},
		{20, 2, 0, -EBADMSG, 20, "squashfs compressor is 0, must be between 1"},
		{20, 2, 7, -EBADMSG, 20, "squashfs compressor is 7, must be between 1"},
		{16, 4, 14, -EBADMSG, 16, "squashfs has 14 fragments of 13 inodes"},
		{40, 8, 1 << 20, -EBADMSG, 40, "squashfs has 1048576 bytes, but only"},
		{4, 4, 14, -EBADMSG, ERROR_NO_OFFSET,
		 "superblock counts 14 inodes, the tree has 13"},
		{4, 4, 12, -EBADMSG, ERROR_NO_OFFSET,
		 "has inode number 13, must be between 1 and 12"},
		{4, 4, 4000001, -E2BIG, ERROR_NO_OFFSET,
		 "has 4000001 files, at most 400000 are read"},
	};
	size_t size;
	_cleanup_free_ uint8_t *image = make_tree("-b 8192", &size);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ uint8_t *bad = malloc(size);
		struct seen seen;
		struct entry_visitor visitor = {.add = look, .context = &seen};
		struct squashfs_info info;
		struct error error = ERROR_INIT;

		memcpy(bad, image, size);
		write_le(bad + cases[i].at, cases[i].size, cases[i].value);
		assert_int_equal(squash_read(bad, size, &visitor, &info, &error),
				 cases[i].code);
		test_error(&error, cases[i].code, cases[i].offset, cases[i].words);
	}
	assert_false(squashfs_probe(span_make(image, 3)));
	assert_false(squashfs_probe(span_make("sqsh", 4)));
}

/* The metadata is stored as it is, so that names can be changed in place. */
static void test_bad_names(void **state)
{
	static const struct squash_member members[] = {{'0', "aaa", .mode = 0644},
						       {'0', "bb", .mode = 0644},
						       {'0', "cc", .mode = 0644}};
	static const struct {
		const char *old, *new, *words;
	} cases[] = {
		{"bb", "dd", "directory entry 'cc' comes after 'dd', must be sorted"},
		{"bb", "cc", "directory entry 'cc' comes after 'cc', must be sorted"},
		{"bb", "..", "a directory holds the name '..'"},
		{"bb", "b/", "a directory holds the name 'b/'"},
		{"aaa", "a\0a", "a directory holds the name 'a'"},
	};
	size_t size;
	_cleanup_free_ uint8_t *image = squash_make(members, 3, "-noI", &size);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ uint8_t *bad = malloc(size);
		size_t length = strlen(cases[i].old);
		struct squash_file file = {.path = ""};
		uint8_t *name;

		memcpy(bad, image, size);
		name = memmem(bad, size, cases[i].old, length);
		assert_non_null(name);
		memcpy(name, cases[i].new, length);
		assert_int_equal(squash_open(bad, size, &file), -EBADMSG);
		test_error(&file.error, -EBADMSG, ERROR_NO_OFFSET, cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_ways_to_store),
		cmocka_unit_test(test_compressors),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_visitor_stops),
		cmocka_unit_test(test_superblock_faults),
		cmocka_unit_test(test_bad_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
