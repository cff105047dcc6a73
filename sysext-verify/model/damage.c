/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "sysext-verify/model/extension-parts.h"

/* The bad blocks that lie in one range of the file system. */
struct blame {
	const struct verity_report *verity;
	uint64_t block_size; /* bytes */
	bool *blamed;        /* for each listed bad block: some file holds it */
	bool hit;
	uint64_t first; /* the lowest bad block in the ranges seen so far */
};

static size_t first_bad_from(const struct verity_report *verity, uint64_t block)
{
	size_t low = 0, high = verity->n_bad_blocks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (verity->bad_blocks[middle] < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int blame_range(void *context, uint64_t offset, uint64_t size)
{
	struct blame *blame = context;
	uint64_t last;

	if (size == 0)
		return 0;
	last = (offset + size - 1) / blame->block_size;
	for (size_t i = first_bad_from(blame->verity, offset / blame->block_size);
	     i < blame->verity->n_bad_blocks && blame->verity->bad_blocks[i] <= last;
	     i++) {
		uint64_t block = blame->verity->bad_blocks[i];

		blame->blamed[i] = true;
		if (!blame->hit || block < blame->first)
			blame->first = block;
		blame->hit = true;
	}
	return 0;
}

static struct damage damage_at(const struct extension *extension, const char *path,
			       uint64_t block, uint64_t block_size)
{
	const struct gpt_partition *partition = extension->ddi.data.partition;

	return (struct damage){.path = path,
			       .block = block,
			       .offset = (partition ? partition->offset : 0) +
					 block * block_size};
}

static void find_probed(struct extension *extension, uint64_t block_size)
{
	const struct verity_report *verity = &extension->verity;
	uint64_t device_size = extension->ddi.superblock.n_data_blocks * block_size;

	for (size_t i = 0; i < verity->n_bad_blocks; i++) {
		uint64_t block = verity->bad_blocks[i];
		enum probed probed =
			probed_range(device_size, block * block_size, block_size);

		if (probed <= extension->damage_probed)
			continue;
		extension->damage_probed = probed;
		extension->probed = damage_at(extension, NULL, block, block_size);
	}
}

static int add_damage(struct arena *arena, struct extension *extension, const char *path,
		      uint64_t block, uint64_t block_size)
{
	size_t n = extension->n_damages;
	/* Grows by doubling: a power of two is full. */
	if ((n & (n - 1)) == 0) {
		struct damage *damages =
			arena_array(arena, n ? n * 2 : 1, sizeof(*damages));

		if (!damages)
			return -ENOMEM;
		for (size_t i = 0; i < n; i++)
			damages[i] = extension->damages[i];
		extension->damages = damages;
	}
	extension->damages[extension->n_damages++] =
		damage_at(extension, path, block, block_size);
	return 0;
}

static int blame_files(struct arena *arena, struct extension *extension,
		       struct blame *blame)
{
	TREE_FOREACH(node, extension->tree) {
		struct error ignored = ERROR_INIT;
		int r;

		if (node->entry.type != ENTRY_FILE)
			continue;
		blame->hit = false;
		/*
		 * A file whose extents cannot be read is in a damaged table, which is
		 * blamed below.
		 */
		r = extension_content_extents(extension, node->entry.content, blame_range,
					      blame, &ignored);
		if (r == -ENOMEM)
			return r;
		if (blame->hit && add_damage(arena, extension, node->entry.path,
					     blame->first, blame->block_size) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The listed bad blocks that hold tables: of the file system, and of its mount. */
struct table_blocks {
	bool *any, *mount;
};

/*
 * A block may hold the end of a file and a table. Behind the file system nobody reads:
 * padding. Where the tables cannot be found, all that no file holds counts as tables.
 */
static int find_tables(const struct extension *extension, const struct blame *files,
		       struct table_blocks *ret)
{
	struct error ignored = ERROR_INIT;
	struct blame blame = *files;
	size_t n = blame.verity->n_bad_blocks;
	int r = -ENODATA;

	blame.blamed = ret->mount;
	if (extension_reads_filesystem(extension->ddi.filesystem))
		r = extension_table_extents(extension, true, blame_range, &blame,
					    &ignored);
	if (r == -ENOMEM)
		return r;
	blame.blamed = ret->any;
	if (extension->tree)
		r = extension_table_extents(extension, false, blame_range, &blame,
					    &ignored);
	else
		r = -ENODATA;
	for (size_t i = 0; r < 0 && i < n; i++)
		ret->any[i] |= !files->blamed[i];
	return r == -ENOMEM ? r : 0;
}

/* One place stands for all damaged tables: the first. */
static int add_tables(struct arena *arena, struct extension *extension,
		      const struct blame *blame)
{
	const struct verity_report *verity = blame->verity;
	_cleanup_free_ bool *any = calloc(verity->n_bad_blocks, sizeof(*any));
	_cleanup_free_ bool *mount = calloc(verity->n_bad_blocks, sizeof(*mount));
	bool added = false;

	if (!any || !mount ||
	    find_tables(extension, blame, &(struct table_blocks){any, mount}) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < verity->n_bad_blocks; i++) {
		if (!any[i])
			continue;
		extension->damage_in_mount |= mount[i];
		if (!added && add_damage(arena, extension, NULL, verity->bad_blocks[i],
					 blame->block_size) < 0)
			return -ENOMEM;
		added = true;
	}
	return 0;
}

int extension_find_damage(struct arena *arena, struct extension *extension,
			  struct error *error)
{
	const struct verity_report *verity = &extension->verity;
	uint64_t block_size = extension->ddi.superblock.data_block_size;
	_cleanup_free_ bool *blamed = NULL;
	struct blame blame = {.verity = verity, .block_size = block_size};

	if (verity->n_bad_blocks == 0)
		return 0;
	extension->damage_in_superblock = verity->bad_blocks[0] == 0;
	find_probed(extension, block_size);
	blamed = calloc(verity->n_bad_blocks, sizeof(*blamed));
	if (!blamed)
		return error_memory(error);
	blame.blamed = blamed;
	if ((extension->tree && blame_files(arena, extension, &blame) < 0) ||
	    add_tables(arena, extension, &blame) < 0)
		return error_memory(error);
	return 0;
}
