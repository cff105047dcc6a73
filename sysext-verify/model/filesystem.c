/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/extension-parts.h"

/*
 * What the model asks of a file system, whatever it is: the only place that knows which
 * ones are read.
 */
struct reader {
	int (*read)(struct extension *extension, const struct entry_visitor *visitor,
		    struct error *error);
	int (*contents)(const struct source *content, extension_range_t range,
			void *context, struct error *error);
	int (*tables)(const struct extension *extension, bool mount,
		      extension_range_t range, void *context, struct error *error);
};

static int read_squashfs(struct extension *extension, const struct entry_visitor *visitor,
			 struct error *error)
{
	int r = squashfs_read(extension->ddi.data.source, visitor, &extension->squashfs,
			      error);

	extension->bytes_used = extension->squashfs.bytes_used;
	return r;
}

/* The superblock stands in front of the contents, all else behind them. */
static int squashfs_tables(const struct extension *extension, bool mount,
			   extension_range_t range, void *context, struct error *error)
{
	const struct squashfs_info *info = &extension->squashfs;
	uint64_t at = mount ? info->indexes_at : info->tables_at;
	int r = 0;

	/* systemd reads the superblock before the mount: damage_in_superblock. */
	if (!mount)
		r = range(context, 0, SQUASHFS_SUPERBLOCK_SIZE);
	if (r == 0 && at < info->bytes_used)
		r = range(context, at, info->bytes_used - at);
	if (r == 0 && mount && info->root_inode_at < info->bytes_used)
		r = range(context, info->root_inode_at, 1);
	return r;
}

/* Asks for each file whether it can be read, before somebody else gets it. */
static int add_readable(void *context, const struct entry *entry, struct error *error)
{
	const struct entry_visitor *visitor = context;
	int r = entry->content ? erofs_content_check(entry->content, error) : 0;

	if (r < 0)
		return error_wrap(error, r, "'%s'", entry->path);
	return visitor->add(visitor->context, entry, error);
}

static int read_erofs(struct extension *extension, const struct entry_visitor *visitor,
		      struct error *error)
{
	struct entry_visitor readable = {.add = add_readable, .context = (void *)visitor};
	const struct ddi *ddi = &extension->ddi;
	const struct verity_superblock *verity = &ddi->superblock;
	_cleanup_(source_unrefp) struct source *device = NULL;
	uint64_t size = source_size(ddi->data.source);
	int r;

	/*
	 * Linux mounts an erofs that is cut, and fails where it reads behind the end: the
	 * device ends where the hash tree does.
	 */
	if (ddi->has_superblock && size / verity->data_block_size > verity->n_data_blocks)
		size = verity->n_data_blocks * verity->data_block_size;
	r = source_slice(ddi->data.source, 0, size, &device, error);
	if (r == 0)
		r = erofs_read(device, &readable, &extension->erofs, error);
	extension->bytes_used = extension->erofs.bytes_used;
	return r;
}

static int erofs_tables(const struct extension *extension, bool mount,
			extension_range_t range, void *context, struct error *error)
{
	return erofs_table_extents(extension->ddi.data.source, mount, range, context,
				   error);
}

static const struct reader readers[] = {
	[FILESYSTEM_SQUASHFS] = {read_squashfs, squashfs_content_extents,
				 squashfs_tables},
	[FILESYSTEM_EROFS] = {read_erofs, erofs_content_extents, erofs_tables},
};

bool extension_reads_filesystem(enum filesystem filesystem)
{
	return filesystem < ARRAY_SIZE(readers) && readers[filesystem].read;
}

int extension_read_filesystem(struct extension *extension,
			      const struct entry_visitor *visitor, struct error *error)
{
	return readers[extension->ddi.filesystem].read(extension, visitor, error);
}

int extension_content_extents(const struct extension *extension,
			      const struct source *content, extension_range_t range,
			      void *context, struct error *error)
{
	return readers[extension->ddi.filesystem].contents(content, range, context,
							   error);
}

int extension_table_extents(const struct extension *extension, bool mount,
			    extension_range_t range, void *context, struct error *error)
{
	return readers[extension->ddi.filesystem].tables(extension, mount, range, context,
							 error);
}
