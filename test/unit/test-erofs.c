/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "formats/core/cursor.h"
#include "formats/directory.h"
#include "formats/erofs-image.h"
#include "test/lib/erofs.h"
#include "test/lib/run.h"

#define BLOCK 4096

static char *listing_of_directory(const char *path)
{
	struct test_listing listing = {.with_content = true};
	struct entry_visitor visitor = test_listing_visitor(&listing);
	struct error error = ERROR_INIT;

	test_ok(directory_read(path, &visitor, &error), &error);
	listing.text = realloc(listing.text, listing.size + 1);
	listing.text[listing.size] = 0;
	return listing.text;
}

static int read_bytes(const void *data, size_t size, const struct entry_visitor *visitor,
		      struct erofs_info *ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);

	return erofs_read(source, visitor, ret, error);
}

/* The texts are too long for cmocka to print them. */
static void assert_same_lines(const char *actual, const char *expected)
{
	size_t at = 0, start;

	while (actual[at] && actual[at] == expected[at])
		at++;
	for (start = at; start > 0 && actual[start - 1] != '\n';)
		start--;
	if (actual[at] != expected[at])
		fail_msg("'%.100s' instead of '%.100s'", actual + start,
			 expected + start);
}

static void assert_listing(const uint8_t *image, size_t size, const char *expected)
{
	struct test_listing listing = {.with_content = true};
	struct entry_visitor visitor = test_listing_visitor(&listing);
	struct error error = ERROR_INIT;
	struct erofs_info info;

	test_ok(read_bytes(image, size, &visitor, &info, &error), &error);
	listing.text = realloc(listing.text, listing.size + 1);
	listing.text[listing.size] = 0;
	assert_same_lines(listing.text, expected);
	test_listing_done(&listing);
	assert_int_equal(info.block_size, BLOCK);
	assert_true(info.bytes_used <= size);
}

/* What went in comes out, however mkfs.erofs stores it. */
static void test_ways_to_store(void **state)
{
	static const char *const options[] = {
		"",
		"-Enoinline_data",
		"-Eforce-inode-compact",
		"-Eforce-inode-extended",
		"-Elegacy-compress",
		"-T77",
		"-x1",
		"--chunksize=4096",
		"--chunksize=65536",
		"--chunksize=4096 -Eforce-chunk-indexes",
		"-zlz4",
		"-zlz4hc -Elegacy-compress",
		"-zlz4hc -Enoinline_data",
		"-zlz4 -C16384",
		"-zlz4hc -C65536 -x1",
		"-zlz4 -C65536 -Elegacy-compress",
		"-zlz4 -Eztailpacking",
		"-zlz4 -Eztailpacking -Elegacy-compress",
		"-zlz4hc -Efragments",
		"-zlz4hc -C16384 -Efragments -Elegacy-compress",
		"-zlz4hc -Eall-fragments",
		"-zlz4 -Ededupe",
		"-zlz4hc -C16384 -Eall-fragments,dedupe",
	};
	_cleanup_(test_directory_freep) char *directory = erofs_tree_new();
	_cleanup_free_ char *expected = listing_of_directory(directory);

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t size;
		_cleanup_free_ uint8_t *image = erofs_make(directory, options[i], &size);

		assert_true(erofs_probe(span_make(image + EROFS_SUPERBLOCK_AT, 4)));
		assert_listing(image, size, expected);
	}
}

/* What newer versions of mkfs.erofs make than this machine may have: one tree. */
static void test_corpus(void **state)
{
	static const char *const names[] = {
		"lz4",
		"lz4-full",
		"lz4-big",
		"lz4-big-full",
		"lz4-inline",
		"lz4-inline-full",
		"lz4-1k",
		"lzma",
		"deflate",
		"zstd",
		"zstd-big",
		"fragments",
		"fragments-full",
		"all-fragments",
		"dedupe",
		"all",
		"directories",
		"48bit",
		"48bit-fragments",
		"48bit-short",
		"48bit-chunks",
		"no-dots",
		"metabox",
		"metabox-inline",
	};
	char *expected = NULL;

	for (size_t i = 0; i <= ARRAY_SIZE(names); i++) {
		struct test_listing listing = {.with_content = true};
		struct entry_visitor visitor = test_listing_visitor(&listing);
		struct error error = ERROR_INIT;
		struct erofs_info info;
		char path[200];
		size_t size;
		_cleanup_free_ uint8_t *image = NULL;

		(void)snprintf(path, sizeof(path), "%s/corpus/erofs/good-z-%s",
			       getenv("TEST_DIRECTORY"), i == 0 ? "none" : names[i - 1]);
		image = test_read_file(path, &size);
		test_ok(read_bytes(image, size, &visitor, &info, &error), &error);
		listing.text = realloc(listing.text, listing.size + 1);
		listing.text[listing.size] = 0;
		if (i == 0)
			expected = TAKE_PTR(listing.text);
		else
			assert_same_lines(listing.text, expected);
		test_listing_done(&listing);
	}
	free(expected);
}

struct facts {
	uint64_t inodes[2];
	int64_t mtime;
	unsigned n_shared, n_names;
	bool content_of_link;
	uint64_t fifo;
};

static int look(void *context, const struct entry *entry, struct error *error)
{
	struct facts *facts = context;

	facts->n_names++;
	if (strcmp(entry->path, "usr/again") == 0)
		facts->inodes[0] = entry->inode;
	if (strcmp(entry->path, "usr/hello") == 0) {
		facts->inodes[1] = entry->inode;
		facts->mtime = entry->mtime;
	}
	if (entry->type == ENTRY_FIFO)
		facts->fifo = entry->inode;
	if (entry->type != ENTRY_FILE && entry->content)
		facts->content_of_link = true;
	for (size_t i = 0; i < entry->n_xattrs; i++)
		facts->n_shared += strcmp(entry->xattrs[i].name, "user.shared") == 0;
	return 0;
}

static struct facts facts_of(const uint8_t *image, size_t size, struct erofs_info *info)
{
	struct facts facts = {0};
	struct entry_visitor visitor = {.add = look, .context = &facts};
	struct error error = ERROR_INIT;

	test_ok(read_bytes(image, size, &visitor, info, &error), &error);
	return facts;
}

static void test_facts(void **state)
{
	_cleanup_(test_directory_freep) char *directory = erofs_tree_new();
	struct erofs_info info;
	struct facts facts;
	size_t size;
	_cleanup_free_ uint8_t *image =
		erofs_make(directory, "-Eforce-inode-extended", &size);
	_cleanup_free_ uint8_t *compact = NULL;

	facts = facts_of(image, size, &info);
	assert_true(facts.inodes[0] != 0);
	assert_int_equal(facts.inodes[0], facts.inodes[1]);
	assert_int_equal(facts.mtime, EROFS_TREE_MTIME);
	assert_false(facts.content_of_link);
	/* The hard link has no inode of its own. */
	assert_int_equal(info.n_inodes, facts.n_names - 1);
	assert_int_equal(info.bytes_used, size);
	/* A compact inode has the time of the file system. */
	compact = erofs_make(directory, "-T77 -Eforce-inode-compact", &size);
	facts = facts_of(compact, size, &info);
	assert_int_equal(facts.mtime, 77);
	assert_int_equal(info.modified, 77);
}

/* Attributes that several files have stand in the image once. */
static void test_shared_xattrs(void **state)
{
	_cleanup_(test_directory_freep) char *directory = erofs_tree_new();
	_cleanup_free_ char *path = test_directory_write(directory, "usr/probe", "", 0);
	struct erofs_info info;
	struct facts facts;
	size_t size, n = 0;
	_cleanup_free_ uint8_t *image = NULL;

	if (setxattr(path, "user.shared", EROFS_TREE_SHARED, strlen(EROFS_TREE_SHARED),
		     0) < 0)
		skip();
	image = erofs_make(directory, "-x1", &size);
	for (const uint8_t *at = image;
	     (at = memmem(at, size - (size_t)(at - image), EROFS_TREE_SHARED,
			  strlen(EROFS_TREE_SHARED)));
	     at++)
		n++;
	assert_int_equal(n, 1);
	facts = facts_of(image, size, &info);
	assert_int_equal(facts.n_shared, 4);
}

/* The sum covers the first block, in which these tests write. */
static void drop_checksum(uint8_t *image)
{
	image[EROFS_SUPERBLOCK_AT + 8] &= (uint8_t)~1;
}

static void test_devices(void **state)
{
	_cleanup_(test_directory_freep) char *directory = erofs_tree_new();
	struct erofs_info info;
	struct test_listing listing = {0};
	struct entry_visitor visitor = test_listing_visitor(&listing);
	struct error error = ERROR_INIT;
	struct facts facts;
	size_t size;
	_cleanup_free_ uint8_t *image = erofs_make(directory, "", &size);
	uint8_t *inode;

	/* Nobody but root can make devices: a FIFO becomes one. */
	drop_checksum(image);
	facts = facts_of(image, size, &info);
	inode = image + (facts.fifo - 1) * 32;
	write_le(inode + 4, 2, S_IFBLK | 0640);
	write_le(inode + 16, 4, (70000 & 0xff) | 259 << 8 | (70000 & 0xfff00) << 12);
	test_ok(read_bytes(image, size, &visitor, &info, &error), &error);
	assert_non_null(memmem(listing.text, listing.size, "usr/pipe 259:70000\n", 19));
	test_listing_done(&listing);
}

static int stop(void *context, const struct entry *entry, struct error *error)
{
	return error_set(error, -ECANCELED, "enough");
}

static void test_visitor_stops(void **state)
{
	_cleanup_(test_directory_freep) char *directory = erofs_tree_new();
	struct entry_visitor visitor = {.add = stop};
	struct error error = ERROR_INIT;
	struct erofs_info info;
	size_t size;
	_cleanup_free_ uint8_t *image = erofs_make(directory, "", &size);

	assert_int_equal(read_bytes(image, size, &visitor, &info, &error), -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways_to_store),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_shared_xattrs),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_visitor_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
