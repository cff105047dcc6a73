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
		r = squashfs_content_extents(node->entry.content, blame_range, blame,
					     &ignored);
		if (r == -ENOMEM)
			return r;
		if (blame->hit && add_damage(arena, extension, node->entry.path,
					     blame->first, blame->block_size) < 0)
			return -ENOMEM;
	}
	return 0;
}

/*
 * Whether a damaged block is a loss beside the files that were blamed: a block may hold
 * the end of the last file and the first table. Behind the file system nobody reads:
 * padding.
 */
static bool holds_tables(const struct extension *extension, uint64_t offset,
			 uint64_t size, bool blamed)
{
	const struct squashfs_info *squashfs = &extension->squashfs;

	if (!extension->tree || squashfs->bytes_used == 0)
		return !blamed;
	return offset < SQUASHFS_SUPERBLOCK_SIZE ||
	       (offset + size > squashfs->tables_at && offset < squashfs->bytes_used);
}

/* Whether the mount already reads tables in this block. */
static bool is_mounted(const struct extension *extension, uint64_t offset, uint64_t size)
{
	const struct squashfs_info *squashfs = &extension->squashfs;

	return squashfs->bytes_used > 0 &&
	       ((offset + size > squashfs->indexes_at && offset < squashfs->bytes_used) ||
		(squashfs->root_inode_at >= offset &&
		 squashfs->root_inode_at < offset + size));
}

int extension_find_damage(struct arena *arena, struct extension *extension,
			  struct error *error)
{
	const struct verity_report *verity = &extension->verity;
	uint64_t block_size = extension->ddi.superblock.data_block_size;
	_cleanup_free_ bool *blamed = NULL;
	struct blame blame = {.verity = verity, .block_size = block_size};
	bool any = false;

	if (verity->n_bad_blocks == 0)
		return 0;
	extension->damage_in_superblock = verity->bad_blocks[0] == 0;
	find_probed(extension, block_size);
	blamed = calloc(verity->n_bad_blocks, sizeof(*blamed));
	if (!blamed)
		return error_memory(error);
	blame.blamed = blamed;
	if (extension->tree && extension->ddi.filesystem == FILESYSTEM_SQUASHFS &&
	    blame_files(arena, extension, &blame) < 0)
		return error_memory(error);
	for (size_t i = 0; i < verity->n_bad_blocks; i++) {
		uint64_t block = verity->bad_blocks[i];

		if (!holds_tables(extension, block * block_size, block_size, blamed[i]))
			continue;
		extension->damage_in_mount |=
			is_mounted(extension, block * block_size, block_size);
		if (any)
			continue;
		any = true;
		if (add_damage(arena, extension, NULL, block, block_size) < 0)
			return error_memory(error);
	}
	return 0;
}
