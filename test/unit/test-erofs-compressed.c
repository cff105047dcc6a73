/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "formats/core/cursor.h"
#include "formats/erofs.h"
#include "test/lib/erofs.h"
#include "test/lib/run.h"

/* Such that what is left for the last cluster is worth to be compressed. */
#define TEXT_SIZE 66000
#define IN_HEADER (-1) /* instead of an entry */

/* An image with one compressed file, whose index is changed. */
struct world {
	uint8_t *image;
	size_t size;
	char *text;
	size_t header_at; /* of the index, bytes */
};

/* Some ten clusters of 4096 bytes when it is compressed, none of which is stored. */
static char *make_text(void)
{
	char *text = malloc(TEXT_SIZE);
	uint32_t seed = 1;

	for (size_t i = 0; i < TEXT_SIZE; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (char)('a' + (seed >> 16) % 8);
	}
	return text;
}

static int find_text(void *context, const struct entry *entry, struct error *error)
{
	if (strcmp(entry->path, "text") == 0)
		*(uint64_t *)context = entry->inode;
	return 0;
}

static void world_make(struct world *world, const char *options)
{
	_cleanup_(test_directory_freep) char *directory = test_directory_new();
	struct error error = ERROR_INIT;
	struct erofs_info info;
	_cleanup_(source_unrefp) struct source *source = NULL;
	uint64_t inode = 0;
	struct entry_visitor visitor = {.add = find_text, .context = &inode};
	char all[200];

	*world = (struct world){.text = make_text()};
	free(test_directory_write(directory, "text", world->text, TEXT_SIZE));
	(void)snprintf(all, sizeof(all), "-Eforce-inode-extended -Enosbcrc -x-1 %s",
		       options);
	world->image = erofs_make(directory, all, &world->size);
	source = test_source(world->image, world->size);
	test_ok(erofs_read(source, &visitor, &info, &error), &error);
	world->header_at = (size_t)(inode - 1) * 32 + 64;
}

static void world_done(struct world *world)
{
	free(world->image);
	free(world->text);
}

struct outcome {
	struct error *error;
	char *bytes;
	int code; /* of reading the contents */
	int check;
};

static int read_text(void *context, const struct entry *entry, struct error *error)
{
	struct outcome *outcome = context;
	struct error check_error = ERROR_INIT;
	size_t size;
	uint8_t *bytes = NULL;

	if (strcmp(entry->path, "text") != 0)
		return 0;
	outcome->check = erofs_content_check(entry->content, &check_error);
	outcome->code =
		source_read_all(entry->content, 1 << 30, &bytes, &size, outcome->error);
	outcome->bytes = (char *)bytes;
	/* What cannot be found cannot be read. */
	if (outcome->check < 0)
		assert_true(outcome->code < 0);
	return 0;
}

/* The code of the walk, or else of reading the file; the bytes if both are 0. */
static int read_world(const struct world *world, char **ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source =
		test_source(world->image, world->size);
	struct outcome outcome = {.error = error};
	struct entry_visitor visitor = {.add = read_text, .context = &outcome};
	struct erofs_info info;
	int r;

	*error = (struct error)ERROR_INIT;
	r = erofs_read(source, &visitor, &info, error);
	*ret = outcome.bytes;
	return r < 0 ? r : outcome.code;
}

/* In bytes: header and entries, of 8 bytes, or of 4 up to a multiple of 32, then of 2. */
static size_t index_size(const struct world *world, bool full)
{
	size_t n = (TEXT_SIZE + 4095) / 4096, n_first;

	if (full)
		return 16 + n * 8;
	n_first = (32 - (world->header_at + 8) % 32) / 4 % 8;
	return 8 + n * 4 - (n - n_first) / 16 * 16 * 2;
}

/* Each bit of the index in turn: an error, or the right bytes; never others. */
static void check_flips(const char *options)
{
	struct world world;
	struct error error;
	size_t n_errors = 0, size;

	world_make(&world, options);
	size = index_size(&world, strstr(options, "legacy"));
	for (size_t at = world.header_at; at < world.header_at + size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			_cleanup_free_ char *bytes = NULL;
			int r;

			world.image[at] ^= (uint8_t)(1U << bit);
			r = read_world(&world, &bytes, &error);
			world.image[at] ^= (uint8_t)(1U << bit);
			assert_true(r == 0 || r == -EBADMSG || r == -EOPNOTSUPP);
			if (r == 0)
				assert_memory_equal(bytes, world.text, TEXT_SIZE);
			n_errors += r < 0;
		}
	}
	assert_true(n_errors > 100);
	world_done(&world);
}

static void test_flips(void **state)
{
	check_flips("-zlz4hc");
	check_flips("-zlz4hc -Elegacy-compress");
	check_flips("-zlz4hc -C16384");
	check_flips("-zlz4hc -C16384 -Elegacy-compress");
	check_flips("-zlz4hc -Eztailpacking");
}

/* There is no checksum: wrong bytes may give others, but never more or less of them. */
static void test_flips_in_clusters(void **state)
{
	struct world world;
	struct error error;
	size_t n_errors = 0;

	world_make(&world, "-zlz4hc");
	for (size_t at = 4096; at < world.size; at += 7) {
		_cleanup_free_ char *bytes = NULL;
		int r;

		world.image[at] ^= 0xff;
		r = read_world(&world, &bytes, &error);
		world.image[at] ^= 0xff;
		assert_true(r == 0 ? bytes && error.code == 0 : r == -EBADMSG);
		n_errors += r < 0;
	}
	assert_true(n_errors > 100);
	world_done(&world);
}

static void test_truncated(void **state)
{
	struct world world;
	struct error error;
	size_t whole;
	_cleanup_free_ char *bytes = NULL;

	world_make(&world, "-zlz4hc -Eztailpacking");
	whole = world.size;
	test_ok(read_world(&world, &bytes, &error), &error);
	for (world.size = 0; world.size < whole; world.size++) {
		_cleanup_free_ char *none = NULL;

		assert_int_equal(read_world(&world, &none, &error), -EBADMSG);
	}
	world_done(&world);
}

/* The superblock counts less blocks, so that it is not the one who finds it. */
static void test_cut_cluster(void **state)
{
	struct world world;
	struct error error;
	_cleanup_free_ char *bytes = NULL;

	world_make(&world, "-zlz4hc");
	write_le(world.image + EROFS_SUPERBLOCK_AT + 36, 4, 1);
	world.size -= 1;
	assert_int_equal(read_world(&world, &bytes, &error), -EBADMSG);
	world_done(&world);
}

struct fault {
	int entry;       /* of the index; IN_HEADER */
	size_t at, size; /* bytes, in the entry */
	uint64_t value;
	int code;
	const char *words;
};

static void check_faults(const char *options, size_t entries_at, size_t entry_size,
			 const struct fault *faults, size_t n)
{
	struct world world;
	struct error error;

	world_make(&world, options);
	for (size_t i = 0; i < n; i++) {
		const struct fault *fault = &faults[i];
		_cleanup_free_ char *bytes = NULL;
		size_t at = world.header_at + fault->at;
		uint8_t before[8];

		if (fault->entry != IN_HEADER)
			at += entries_at + (size_t)fault->entry * entry_size;
		memcpy(before, world.image + at, fault->size);
		write_le(world.image + at, fault->size, fault->value);
		assert_int_equal(read_world(&world, &bytes, &error), fault->code);
		if (!strstr(error.message, fault->words))
			fail_msg("'%s' instead of '%s'", error.message, fault->words);
		memcpy(world.image + at, before, fault->size);
	}
	world_done(&world);
}

/* An entry of a full index: kind, start, block or two distances. */
static void test_full_index_faults(void **state)
{
	static const struct fault faults[] = {
		{0, 0, 2, 2, -EBADMSG, "logical cluster 0 has no head before it"},
		{0, 2, 2, 1, -EBADMSG, "logical cluster 0 has no head before it"},
		{0, 2, 2, 4096, -EBADMSG, "logical cluster 0 has a head behind its end"},
		/* The first one that is not a head. */
		{4, 4, 2, 0, -EBADMSG, "logical cluster 4 does not lead to its head"},
		{4, 4, 2, 2, -EBADMSG, "logical cluster 4 does not lead to its head"},
		{4, 4, 2, 0x801, -EBADMSG,
		 "logical cluster 4 counts blocks, the file has none to count"},
		{0, 0, 2, 0, -EBADMSG,
		 "logical cluster 0 is longer than what is stored of it"},
		{0, 4, 4, 0xffffff, -EBADMSG, "bytes wanted at"},
		{IN_HEADER, 4, 2, 0x40, -EOPNOTSUPP,
		 "is compressed in a way (0x40) that is not read here"},
		{IN_HEADER, 4, 2, 0x01, -EOPNOTSUPP,
		 "is compressed in a way (0x1) that is not read here"},
		{IN_HEADER, 6, 1, 1, -EBADMSG,
		 "is compressed with lzma, which the superblock does not announce"},
		{IN_HEADER, 6, 1, 9, -EOPNOTSUPP,
		 "is compressed with algorithm 9, which is not read here"},
		{IN_HEADER, 7, 1, 0x80, -EBADMSG,
		 "ends in a packed inode, which the image does not have"},
		{IN_HEADER, 4, 2, 0x20, -EBADMSG,
		 "ends in a packed inode, which the image does not have"},
		{IN_HEADER, 4, 2, 0x02, -EBADMSG,
		 "has clusters of several blocks, which the superblock does not"},
		/* A tail of 4096 bytes behind the index would not be in one block. */
		{IN_HEADER, 2, 4, 0x081000, -EBADMSG, "cross the end of a block"},
	};

	check_faults("-zlz4hc -Elegacy-compress", 16, 8, faults, ARRAY_SIZE(faults));
}

static void test_big_cluster_faults(void **state)
{
	static const struct fault faults[] = {
		{1, 4, 2, 0x800, -EBADMSG,
		 "logical cluster 1 does not count the blocks of its head"},
		{1, 4, 2, 1, -EBADMSG,
		 "logical cluster 1 does not count the blocks of its head"},
		{1, 4, 2, 0xd01, -EBADMSG,
		 "logical cluster 0 is stored in more than 1 MiB"},
		{2, 4, 2, 0x802, -EBADMSG,
		 "logical cluster 2 counts blocks far from its head"},
	};

	check_faults("-zlz4hc -C16384 -Elegacy-compress", 16, 8, faults,
		     ARRAY_SIZE(faults));
}

static void test_compact_index_faults(void **state)
{
	static const struct fault faults[] = {
		{IN_HEADER, 7, 1, 3, -EBADMSG, "has logical clusters of 2^15 bytes"},
		/* Two entries and a number of a block: the first one is distant. */
		{0, 0, 2, 2 << 12, -EBADMSG, "logical cluster 0 has no head before it"},
		{0, 0, 2, 2 << 12 | 0x801, -EBADMSG,
		 "logical cluster 0 counts blocks, the file has none to count"},
	};

	check_faults("-zlz4hc", 8, 2, faults, ARRAY_SIZE(faults));
}

static void test_big_compact_faults(void **state)
{
	static const struct fault faults[] = {
		{IN_HEADER, 4, 2, 0x02, -EBADMSG,
		 "has clusters of several blocks for one algorithm only"},
		{IN_HEADER, 4, 2, 0x04, -EBADMSG,
		 "has clusters of several blocks for one algorithm only"},
	};

	check_faults("-zlz4hc -C16384", 8, 2, faults, ARRAY_SIZE(faults));
}

/* What stands behind the superblock on lz4: 14 bytes. */
static void test_superblock(void **state)
{
	static const struct {
		size_t at;
		uint64_t value;
		int code;
		const char *words;
	} cases[] = {
		{84, 1 | 16, -EOPNOTSUPP, "compression algorithms 0x11, of which 0x10"},
		{84, 0, -EBADMSG, "compressed with lz4, which the superblock does not"},
		{128, 13, -EBADMSG, "superblock has 13 bytes on lz4"},
		{128, 0, -EBADMSG, "superblock has 0 bytes on lz4"},
		{132, 257, -EBADMSG,
		 "superblock has 14 bytes on lz4 which Linux refuses"},
		{84, 3, -EBADMSG, "superblock has 0 bytes on lzma which Linux refuses"},
		{84, 8, -EBADMSG, "superblock has 14 bytes on zstd which Linux refuses"},
		{84, 4, -EBADMSG, "superblock has 14 bytes on deflate which Linux"},
	};
	struct world world;
	struct error error;

	world_make(&world, "-zlz4hc -C16384");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t *at = world.image + EROFS_SUPERBLOCK_AT + cases[i].at, before[2];
		_cleanup_free_ char *bytes = NULL;

		memcpy(before, at, sizeof(before));
		write_le(at, 2, cases[i].value);
		assert_int_equal(read_world(&world, &bytes, &error), cases[i].code);
		if (!strstr(error.message, cases[i].words))
			fail_msg("'%s' instead of '%s'", error.message, cases[i].words);
		memcpy(at, before, sizeof(before));
	}
	world_done(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_flips_in_clusters),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_cut_cluster),
		cmocka_unit_test(test_full_index_faults),
		cmocka_unit_test(test_big_cluster_faults),
		cmocka_unit_test(test_compact_index_faults),
		cmocka_unit_test(test_big_compact_faults),
		cmocka_unit_test(test_superblock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
