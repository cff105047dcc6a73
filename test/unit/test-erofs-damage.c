/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <sys/stat.h>

#include "formats/core/cursor.h"
#include "sysext-verify/model/extension-parts.h"
#include "test/lib/erofs.h"
#include "test/lib/run.h"

#define BLOCK 4096

/* The image of a test, whose bytes change under an opened file system. */
struct world {
	char *directory;
	uint8_t *image;
	size_t size;
	struct arena *arena;
	struct source *source;
	struct extension extension;
};

static void world_make(struct world *world, const char *options)
{
	struct error error = ERROR_INIT;
	struct tree_builder builder = {.lazy = true};
	struct entry_visitor visitor = tree_builder_visitor(&builder);
	struct extension *extension = &world->extension;

	*world = (struct world){.directory = erofs_tree_new()};
	world->image = erofs_make(world->directory, options, &world->size);
	world->arena = arena_new();
	world->source = source_borrow_memory(world->image, world->size);
	extension->ddi.data.source = world->source;
	extension->ddi.filesystem = FILESYSTEM_EROFS;
	extension->ddi.superblock.data_block_size = BLOCK;
	extension->ddi.superblock.n_data_blocks = world->size / BLOCK;
	test_ok(tree_new(world->arena, &extension->tree, &error), &error);
	builder.tree = extension->tree;
	test_ok(extension_read_filesystem(extension, &visitor, &error), &error);
}

static void world_done(struct world *world)
{
	tree_free(world->extension.tree);
	source_unref(world->source);
	arena_free(world->arena);
	free(world->image);
	test_directory_free(world->directory);
}

static void flip(struct world *world, size_t block)
{
	for (size_t i = 0; i < BLOCK; i++)
		world->image[block * BLOCK + i] ^= 0xff;
}

/* The names and facts of all files, or NULL where they cannot be read. */
static char *facts_of(struct world *world)
{
	struct test_listing listing = {0};
	struct entry_visitor visitor = test_listing_visitor(&listing);
	struct erofs_info info;

	if (erofs_read(world->source, &visitor, &info, NULL) < 0)
		test_listing_done(&listing);
	return listing.text;
}

static bool names(const struct extension *extension, const char *path)
{
	for (size_t i = 0; i < extension->n_damages; i++) {
		const char *damaged = extension->damages[i].path;

		if (damaged == path || (damaged && path && strcmp(damaged, path) == 0))
			return true;
	}
	return false;
}

/* What a file's bytes are when the block is another one. */
static bool depends(struct world *world, const struct node *node, size_t block)
{
	_cleanup_free_ uint8_t *before = NULL, *after = NULL;
	size_t size;
	struct error error = ERROR_INIT;

	test_ok(source_read_all(node->entry.content, 1 << 30, &before, &size, &error),
		&error);
	flip(world, block);
	test_ok(source_read_all(node->entry.content, 1 << 30, &after, &size, &error),
		&error);
	flip(world, block);
	return memcmp(before, after, size) != 0;
}

static void judge_block(struct world *world, uint64_t block)
{
	struct extension *extension = &world->extension;
	struct error error = ERROR_INIT;

	extension->verity.bad_blocks = &block;
	extension->verity.n_bad_blocks = 1;
	extension->damages = NULL;
	extension->n_damages = 0;
	extension->damage_in_mount = false;
	test_ok(extension_find_damage(world->arena, extension, &error), &error);
	extension->verity.bad_blocks = NULL;
	extension->verity.n_bad_blocks = 0;
}

/* Who is blamed for a damaged block is who changes when it does. */
static void check_blame(const char *options)
{
	struct world world;
	_cleanup_free_ char *facts = NULL;
	size_t n_blamed = 0, n_tables = 0, n_blocks;

	world_make(&world, options);
	facts = facts_of(&world);
	assert_non_null(facts);
	n_blocks = world.size / BLOCK;
	for (size_t block = 0; block < n_blocks; block++) {
		const struct extension *extension = &world.extension;
		_cleanup_free_ char *changed = NULL;

		judge_block(&world, block);
		TREE_FOREACH(node, extension->tree) {
			if (node->entry.type != ENTRY_FILE)
				continue;
			assert_int_equal(names(extension, node->entry.path),
					 depends(&world, node, block));
			n_blamed += names(extension, node->entry.path);
		}
		flip(&world, block);
		changed = facts_of(&world);
		flip(&world, block);
		if (!changed || strcmp(changed, facts) != 0)
			assert_true(names(extension, NULL));
		n_tables += names(extension, NULL);
		assert_int_equal(extension->damage_in_superblock, block == 0);
		assert_int_equal(extension->damage_in_mount, block == 0);
	}
	/* Large files are most of the image. */
	assert_true(n_blamed > 80);
	assert_true(n_tables > 5 && n_tables < n_blocks - 75);
	world_done(&world);
}

/* The digest of each file, in the order of the paths; zeros: it cannot be read. */
struct digests {
	uint8_t (*all)[DIGEST_SHA256_SIZE];
	size_t n;
};

static int add_digest(void *context, const struct entry *entry, struct error *error)
{
	struct digests *digests = context;
	size_t n = digests->n;

	if (entry->type != ENTRY_FILE)
		return 0;
	digests->n++;
	digests->all = realloc(digests->all, digests->n * sizeof(*digests->all));
	if (digest_sha256_source(entry->content, digests->all[n], error) < 0)
		memset(digests->all[n], 0, DIGEST_SHA256_SIZE);
	return 0;
}

/* Opens the file system anew, for an open one keeps what it decompressed last. */
static bool read_digests(struct world *world, struct digests *ret)
{
	struct entry_visitor visitor = {.add = add_digest, .context = ret};
	struct error error = ERROR_INIT;
	struct erofs_info info;

	*ret = (struct digests){0};
	return erofs_read(world->source, &visitor, &info, &error) == 0;
}

/* Those files are blamed for a damaged block whose bytes are other ones then. */
static size_t compare_blame(struct world *world, const struct digests *good,
			    const struct digests *bad)
{
	const struct extension *extension = &world->extension;
	size_t i = 0, n_blamed = 0;

	assert_int_equal(bad->n, good->n);
	TREE_FOREACH(node, extension->tree) {
		bool changed;

		if (node->entry.type != ENTRY_FILE)
			continue;
		changed = memcmp(bad->all[i], good->all[i], DIGEST_SHA256_SIZE) != 0;
		i++;
		n_blamed += names(extension, node->entry.path);
		if (changed && !names(extension, NULL))
			assert_true(names(extension, node->entry.path));
		if (names(extension, node->entry.path))
			assert_true(changed);
	}
	return n_blamed;
}

static void check_blame_compressed(const char *options, size_t n_expected)
{
	struct world world;
	struct digests good, bad;
	size_t n_blamed = 0;

	world_make(&world, options);
	assert_true(read_digests(&world, &good));
	for (size_t block = 0; block < world.size / BLOCK; block++) {
		bool readable;

		judge_block(&world, block);
		flip(&world, block);
		readable = read_digests(&world, &bad);
		flip(&world, block);
		if (readable)
			n_blamed += compare_blame(&world, &good, &bad);
		else
			assert_true(names(&world.extension, NULL));
		free(bad.all);
	}
	assert_true(n_blamed >= n_expected);
	free(good.all);
	world_done(&world);
}

static void test_blame_compressed(void **state)
{
	check_blame_compressed("-zlz4", 5);
	check_blame_compressed("-zlz4hc -C16384 -Elegacy-compress", 5);
	check_blame_compressed("-zlz4hc -Eall-fragments", 5);
	/* All clusters are in tables. */
	check_blame_compressed("-zlz4 -Eztailpacking", 0);
}

static void test_blame(void **state)
{
	check_blame("");
	check_blame("-Enoinline_data");
	check_blame("-x1 -Eforce-inode-compact");
}

/* The number of an inode, of which an image has one in each 32 bytes. */
static int find_large(void *context, const struct entry *entry, struct error *error)
{
	if (strcmp(entry->path, "usr/large") == 0)
		*(size_t *)context = (size_t)entry->inode;
	return 0;
}

/* A file that cannot be read must not look like one that is no program. */
static void test_unreadable(void **state)
{
	_cleanup_(test_directory_freep) char *directory = erofs_tree_new();
	size_t size;
	_cleanup_free_ uint8_t *image =
		erofs_make(directory, "--chunksize=4096 -Enosbcrc", &size);
	_cleanup_(source_unrefp) struct source *source =
		source_borrow_memory(image, size);
	struct extension extension = {
		.ddi = {.data = {.source = source}, .filesystem = FILESYSTEM_EROFS}};
	struct test_listing listing = {0};
	struct entry_visitor visitor = test_listing_visitor(&listing);
	struct entry_visitor finder = {.add = find_large, .context = &size};
	struct error error = ERROR_INIT;
	struct erofs_info info;

	test_ok(erofs_read(source, &finder, &info, &error), &error);
	image[(size - 1) * 32 + 16] |= 0x80;
	assert_int_equal(extension_read_filesystem(&extension, &visitor, &error),
			 -EOPNOTSUPP);
	test_error(&error, -EOPNOTSUPP, ERROR_NO_OFFSET,
		   "has chunks of format 0x80, which is not read here");
	test_listing_done(&listing);
}

/* The hash tree ends before the file system does. */
static void test_cut(void **state)
{
	_cleanup_(test_directory_freep) char *directory = erofs_tree_new();
	size_t size;
	_cleanup_free_ uint8_t *image = erofs_make(directory, "", &size);
	_cleanup_(source_unrefp) struct source *source = test_source(image, size);
	struct extension extension = {
		.ddi = {.data = {.source = source},
			.filesystem = FILESYSTEM_EROFS,
			.has_superblock = true,
			.superblock = {.data_block_size = BLOCK,
				       .n_data_blocks = size / BLOCK - 1}}};
	struct entry_visitor visitor = {0};
	struct error error = ERROR_INIT;

	assert_int_equal(extension_read_filesystem(&extension, &visitor, &error),
			 -EBADMSG);
	test_error(&error, -EBADMSG, EROFS_SUPERBLOCK_AT + 36, "superblock counts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blame),
		cmocka_unit_test(test_blame_compressed),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
