/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "test/lib/squash.h"

#define BLOCK 4096u

/* Bytes that no compressor makes smaller than they are. */
static void fill(uint8_t *data, size_t size, uint32_t seed)
{
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (uint8_t)(seed >> 24);
	}
}

/* Files of 0 to 5 blocks with and without a tail, of noise, of text and of zeros. */
static const struct {
	const char *path;
	size_t size;
	char kind;
} plan[] = {
	{"empty", 0, 'n'},
	{"noise-block", BLOCK, 'n'},
	{"noise-blocks", 3 * BLOCK, 'n'},
	{"noise-tail", 5 * BLOCK + 77, 'n'},
	{"small", 100, 'n'},
	{"text-tail", 4 * BLOCK + 1, 't'},
	{"text-two", 2 * BLOCK - 1, 't'},
	{"zeros", 3 * BLOCK, 'z'},
	{"zeros-tail", 2 * BLOCK + 9, 'z'},
};
#define N_FILES ARRAY_SIZE(plan)

struct world {
	uint8_t *content[N_FILES];
	uint8_t *image;
	size_t size;
};

static void world_done(struct world *world)
{
	for (size_t i = 0; i < N_FILES; i++)
		free(world->content[i]);
	free(world->image);
}

static struct world make_world(const char *options)
{
	struct squash_member members[N_FILES] = {0};
	struct world world = {0};

	for (size_t i = 0; i < N_FILES; i++) {
		world.content[i] = calloc(1, plan[i].size + 1);
		if (plan[i].kind == 'n')
			fill(world.content[i], plan[i].size, (uint32_t)i);
		if (plan[i].kind == 't')
			for (size_t k = 0; k < plan[i].size; k++)
				world.content[i][k] = (uint8_t)('a' + (k / 50 + i) % 20);
		members[i] = (struct squash_member){.type = '0',
						    .path = plan[i].path,
						    .mode = 0644,
						    .mtime = 0x11223344,
						    .content = world.content[i],
						    .size = plan[i].size};
	}
	world.image = squash_make(members, N_FILES, options, &world.size);
	return world;
}

static const char *const stores[] = {
	"-b 4096",           "-b 4096 -no-fragments", "-b 4096 -always-use-fragments",
	"-b 4096 -noD -noF", "-b 8192 -comp xz",      "-b 131072 -comp zstd",
};

static struct squash_file open_file(const struct world *world, size_t i)
{
	struct squash_file file = {.path = plan[i].path};

	test_ok(squash_open(world->image, world->size, &file), &file.error);
	assert_non_null(file.content);
	return file;
}

static void test_contents(void **state)
{
	for (size_t k = 0; k < ARRAY_SIZE(stores); k++) {
		_cleanup_(world_done) struct world world = make_world(stores[k]);

		for (size_t i = 0; i < N_FILES; i++) {
			struct squash_file file = open_file(&world, i);
			_cleanup_free_ uint8_t *data = NULL;
			struct error error = ERROR_INIT;
			size_t size;

			assert_int_equal(source_size(file.content), plan[i].size);
			test_ok(source_read_all(file.content, MIB, &data, &size, &error),
				&error);
			assert_int_equal(size, plan[i].size);
			assert_memory_equal(data, world.content[i], size);
			squash_close(&file);
		}
	}
}

static void test_reading_at_offsets(void **state)
{
	static const size_t offsets[] = {0,
					 1,
					 BLOCK - 1,
					 BLOCK,
					 BLOCK + 1,
					 2 * BLOCK,
					 4 * BLOCK + 5,
					 5 * BLOCK,
					 5 * BLOCK + 76};
	_cleanup_(world_done) struct world world = make_world("-b 4096");
	struct squash_file file = open_file(&world, 3);
	size_t whole = plan[3].size;
	uint8_t buffer[5 * BLOCK + 77];

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++)
		for (size_t size = 1; size <= whole - offsets[i]; size += size) {
			struct error error = ERROR_INIT;

			test_ok(source_read(file.content, offsets[i], buffer, size,
					    &error),
				&error);
			assert_memory_equal(buffer, world.content[3] + offsets[i], size);
		}
	assert_int_equal(source_read(file.content, whole - 1, buffer, 2, NULL), -EBADMSG);
	assert_int_equal(source_read(file.content, UINT64_MAX, buffer, 2, NULL),
			 -EBADMSG);
	squash_close(&file);
}

struct ranges {
	size_t n;
	uint64_t offset[16], size[16];
	size_t stop_after; /* 0: never */
};

static int add_range(void *context, uint64_t offset, uint64_t size)
{
	struct ranges *ranges = context;

	assert_true(ranges->n < 16);
	ranges->offset[ranges->n] = offset;
	ranges->size[ranges->n++] = size;
	return ranges->n == ranges->stop_after ? 5 : 0;
}

static struct ranges extents_of(const struct world *world, size_t i)
{
	struct squash_file file = open_file(world, i);
	struct error error = ERROR_INIT;
	struct ranges ranges = {0};

	test_ok(squashfs_content_extents(file.content, add_range, &ranges, &error),
		&error);
	squash_close(&file);
	for (size_t k = 0; k < ranges.n; k++) {
		assert_true(ranges.size[k] > 0);
		assert_true(ranges.offset[k] >= SQUASHFS_SUPERBLOCK_SIZE);
		assert_true(ranges.offset[k] + ranges.size[k] <= world->size);
	}
	return ranges;
}

/* Whether file @i still reads as it was. */
static bool is_intact(const struct world *world, size_t i)
{
	struct squash_file file = open_file(world, i);
	_cleanup_free_ uint8_t *data = NULL;
	size_t size;
	int r = source_read_all(file.content, MIB, &data, &size, NULL);

	squash_close(&file);
	return r == 0 && size == plan[i].size &&
	       memcmp(data, world->content[i], size) == 0;
}

static bool covers(const struct ranges *ranges, uint64_t at)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (at >= ranges->offset[i] && at - ranges->offset[i] < ranges->size[i])
			return true;
	return false;
}

/*
 * Data blocks stand between the superblock and the tables. A byte of noise that is
 * damaged changes the files whose extents have it, and no other.
 */
static void check_extents(const char *options, bool shared)
{
	_cleanup_(world_done) struct world world = make_world(options);
	struct ranges ranges[N_FILES];
	uint64_t tables_at, n_hit = 0;
	struct cursor cursor = cursor_make(span_make(world.image, world.size));

	/* Where the first table starts, the inodes'. */
	cursor_skip(&cursor, 64);
	tables_at = cursor_le64(&cursor);
	for (size_t i = 0; i < N_FILES; i++)
		ranges[i] = extents_of(&world, i);
	for (uint64_t at = SQUASHFS_SUPERBLOCK_SIZE; at < tables_at; at += 509) {
		for (size_t i = 0; i < N_FILES; i++) {
			bool covered = covers(&ranges[i], at);

			world.image[at] ^= 0x40;
			if (!covered)
				assert_true(is_intact(&world, i));
			else if (plan[i].kind == 'n' &&
				 ranges[i].n == plan[i].size / BLOCK)
				assert_false(is_intact(&world, i));
			world.image[at] ^= 0x40;
			n_hit += covered;
		}
	}
	assert_true(n_hit >= 9 * BLOCK / 509);
}

static void test_extents(void **state)
{
	check_extents("-b 4096 -always-use-fragments", true);
	check_extents("-b 4096 -no-fragments", false);
}

/* Blocks and one tail each, stored apart or in a fragment; zeros take no place. */
static void test_extents_by_number(void **state)
{
	static const size_t counts[N_FILES] = {0, 1, 3, 6, 1, 5, 2, 0, 0};
	_cleanup_(world_done) struct world one =
		make_world("-b 4096 -always-use-fragments");
	_cleanup_(world_done) struct world two = make_world("-b 4096 -no-fragments");

	for (size_t i = 0; i < N_FILES; i++) {
		assert_int_equal(extents_of(&one, i).n, counts[i]);
		assert_int_equal(extents_of(&two, i).n, counts[i]);
	}
}

static void test_extents_pass_on_what_is_returned(void **state)
{
	_cleanup_(world_done) struct world world =
		make_world("-b 4096 -always-use-fragments");
	struct squash_file file = open_file(&world, 3);

	/* The sixth extent is the fragment. */
	for (size_t n = 1; n <= 6; n++) {
		struct ranges ranges = {.stop_after = n};

		assert_int_equal(
			squashfs_content_extents(file.content, add_range, &ranges, NULL),
			5);
		assert_int_equal(ranges.n, n);
	}
	squash_close(&file);
}

static void test_extents_of_another_source(void **state)
{
	_cleanup_(source_unrefp) struct source *source = test_source("x", 1);
	struct error error = ERROR_INIT;
	struct ranges ranges = {0};

	assert_int_equal(squashfs_content_extents(source, add_range, &ranges, &error),
			 -EINVAL);
	test_error(&error, -EINVAL, ERROR_NO_OFFSET, "is no file of a squashfs");
	assert_int_equal(squashfs_content_extents(NULL, add_range, &ranges, &error),
			 -EINVAL);
	assert_int_equal(ranges.n, 0);
}

/*
 * In a stored inode table "small" is found by its time: the fragment's number comes 12
 * behind.
 */
static void test_fragment_that_does_not_exist(void **state)
{
	_cleanup_(world_done) struct world world = make_world("-b 4096 -noI");
	static const uint8_t time[4] = {0x44, 0x33, 0x22, 0x11};
	uint8_t *inode = world.image, *end = world.image + world.size;
	struct squash_file file;
	struct error error = ERROR_INIT;
	struct ranges ranges = {0};
	uint8_t buffer[100];

	/* struct sqfs_inode_file: time, number, first block, fragment, offset, size. */
	do {
		inode = memmem(inode + 1, (size_t)(end - inode) - 1, time, 4);
		assert_non_null(inode);
	} while (inode[20] != 100 || inode[21] != 0);
	write_le(inode + 12, 4, 7);
	file = open_file(&world, 4);
	assert_int_equal(source_read(file.content, 0, buffer, 100, &error), -EBADMSG);
	test_error(&error, -EBADMSG, ERROR_NO_OFFSET, "cannot read the contents");
	assert_int_equal(
		squashfs_content_extents(file.content, add_range, &ranges, &error),
		-EBADMSG);
	test_error(&error, -EBADMSG, ERROR_NO_OFFSET, "cannot read the fragment");
	assert_int_equal(ranges.n, 0);
	squash_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_reading_at_offsets),
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_extents_by_number),
		cmocka_unit_test(test_extents_pass_on_what_is_returned),
		cmocka_unit_test(test_extents_of_another_source),
		cmocka_unit_test(test_fragment_that_does_not_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
