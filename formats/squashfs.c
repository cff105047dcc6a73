/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/squashfs.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "formats/core/limits.h"
#include "formats/squashfs-image.h"

/* One name of a directory, with its inode, until it has been given to the visitor. */
struct child {
	char *name;
	sqfs_inode_generic_t *inode;
};

/* A directory whose children are being given; the stack replaces recursion. */
struct level {
	struct child *children;
	size_t n_children, next;
	size_t path_size; /* of the directory's own path, bytes */
};

struct walk {
	struct squashfs_image *image;
	const struct entry_visitor *visitor;
	char path[LIMIT_PATH_SIZE];
	struct level *levels;
	size_t n_levels, n_levels_allocated;
	uint8_t *seen;    /* one bit an inode number */
	uint32_t n_seen;  /* different inodes */
	uint64_t n_names; /* directory entries */
	uint64_t names_size;
};

static void level_done(struct level *level)
{
	for (size_t i = 0; i < level->n_children; i++) {
		free(level->children[i].name);
		sqfs_free(level->children[i].inode);
	}
	free(level->children);
}

static void walk_done(struct walk *walk)
{
	while (walk->n_levels > 0)
		level_done(&walk->levels[--walk->n_levels]);
	free(walk->levels);
	free(walk->seen);
	squashfs_image_unref(walk->image);
}

static bool is_directory(const sqfs_inode_generic_t *inode)
{
	return inode->base.type == SQFS_INODE_DIR ||
	       inode->base.type == SQFS_INODE_EXT_DIR;
}

static bool is_file(const sqfs_inode_generic_t *inode)
{
	return inode->base.type == SQFS_INODE_FILE ||
	       inode->base.type == SQFS_INODE_EXT_FILE;
}

/* Linux refuses numbers over the count (fs/squashfs/inode.c) and cannot link directories.
 */
static int count_inode(struct walk *walk, const sqfs_inode_generic_t *inode,
		       struct error *error)
{
	uint32_t number = inode->base.inode_number;
	uint32_t n_inodes = walk->image->super.inode_count;
	uint8_t bit;

	if (number == 0 || number > n_inodes)
		return error_set(error, -EBADMSG,
				 "'%s' has inode number %" PRIu32
				 ", must be between 1 and %" PRIu32,
				 walk->path, number, n_inodes);
	number--;
	bit = (uint8_t)(1u << (number % 8));
	if (walk->seen[number / 8] & bit) {
		if (!is_directory(inode))
			return 0;
		return error_set(error, -EBADMSG,
				 "directory '%s' has the inode of another directory",
				 walk->path);
	}
	walk->seen[number / 8] |= bit;
	walk->n_seen++;
	return 0;
}

static int check_name(const struct level *level, const char *name, size_t size,
		      struct error *error)
{
	if (strlen(name) != size || size == 0 || strchr(name, '/') ||
	    strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(error, -EBADMSG, "a directory holds the name '%s'",
				 name);
	if (level->n_children > 0 &&
	    strcmp(level->children[level->n_children - 1].name, name) >= 0)
		return error_set(error, -EBADMSG,
				 "directory entry '%s' comes after '%s', must be sorted",
				 name, level->children[level->n_children - 1].name);
	return 0;
}

static int add_child(struct walk *walk, struct level *level,
		     const sqfs_dir_entry_t *entry, uint64_t inode, struct error *error)
{
	size_t size = (size_t)entry->size + 1, n = level->n_children;
	_cleanup_free_ char *name = strndup((const char *)entry->name, size);
	struct child *children;
	int r;

	if (!name)
		return error_memory(error);
	r = check_name(level, name, size, error);
	if (r < 0)
		return r;
	walk->names_size += size;
	if (++walk->n_names > LIMIT_TREE_ENTRIES || walk->names_size > LIMIT_IMAGE_NAMES)
		return error_set(error, -E2BIG,
				 "has more than %" PRIu32 " files or %" PRIu64
				 " bytes of names",
				 LIMIT_TREE_ENTRIES, LIMIT_IMAGE_NAMES);
	if ((n & (n - 1)) == 0) {
		children = realloc(level->children, (n ? 2 * n : 1) * sizeof(*children));
		if (!children)
			return error_memory(error);
		level->children = children;
	}
	level->children[n] = (struct child){.name = name};
	r = squashfs_inode_read(walk->image, inode, &level->children[n].inode, error);
	if (r < 0)
		return r;
	(void)TAKE_PTR(name);
	level->n_children++;
	return 0;
}

/*
 * All names are read before the first is entered: libsquashfs reads one directory at a
 * time.
 */
static int push_directory(struct walk *walk, const sqfs_inode_generic_t *inode,
			  struct error *error)
{
	struct squashfs_image *image = walk->image;
	struct level *level;
	sqfs_readdir_state_t state;
	sqfs_dir_entry_t *entry;
	sqfs_u32 number;
	sqfs_u64 reference;
	int r;

	if (walk->n_levels >= LIMIT_TREE_DEPTH)
		return error_set(error, -E2BIG, "has directories %zu levels deep",
				 walk->n_levels);
	if (walk->n_levels == walk->n_levels_allocated) {
		size_t n = walk->n_levels_allocated ? 2 * walk->n_levels_allocated : 16;

		level = realloc(walk->levels, n * sizeof(*level));
		if (!level)
			return error_memory(error);
		walk->levels = level;
		walk->n_levels_allocated = n;
	}
	level = &walk->levels[walk->n_levels++];
	*level = (struct level){.path_size = strlen(walk->path)};
	r = sqfs_readdir_state_init(&state, &image->super, inode);
	if (r < 0)
		return squashfs_error(image, r, "directory", error);
	for (;;) {
		r = sqfs_meta_reader_readdir(image->directories, &state, &entry, &number,
					     &reference);
		if (r > 0)
			return 0;
		if (r < 0)
			return squashfs_error(image, r, "directory", error);
		r = add_child(walk, level, entry, reference, error);
		sqfs_free(entry);
		if (r < 0)
			return r;
	}
}

/* The encoding of Linux' new_decode_dev(). */
static void set_device(struct entry *entry, uint32_t number)
{
	entry->device_major = (number >> 8) & 0xfff;
	entry->device_minor = (number & 0xff) | ((number >> 12) & 0xfff00);
}

static int fill_entry(struct walk *walk, const sqfs_inode_generic_t *inode,
		      struct entry *entry, struct error *error)
{
	const struct squashfs_image *image = walk->image;

	*entry = (struct entry){.path = walk->path,
				.mode = inode->base.mode & 07777,
				.mtime = inode->base.mod_time,
				.inode = inode->base.inode_number};
	if (!entry_type_from_mode(inode->base.mode, &entry->type))
		return error_set(error, -EBADMSG,
				 "'%s' has mode %o, which is no file type", walk->path,
				 inode->base.mode);
	if (sqfs_id_table_index_to_id(image->ids, inode->base.uid_idx, &entry->uid) < 0 ||
	    sqfs_id_table_index_to_id(image->ids, inode->base.gid_idx, &entry->gid) < 0)
		return error_set(error, -EBADMSG,
				 "'%s' has owner %u and group %u of a table of %u",
				 walk->path, inode->base.uid_idx, inode->base.gid_idx,
				 image->super.id_count);
	switch (inode->base.type) {
	case SQFS_INODE_SLINK:
	case SQFS_INODE_EXT_SLINK:
		entry->target = (const char *)inode->extra;
		break;
	case SQFS_INODE_BDEV:
	case SQFS_INODE_CDEV:
		set_device(entry, inode->data.dev.devno);
		break;
	case SQFS_INODE_EXT_BDEV:
	case SQFS_INODE_EXT_CDEV:
		set_device(entry, inode->data.dev_ext.devno);
		break;
	}
	if (entry->type == ENTRY_SYMLINK && !entry->target)
		return error_set(error, -EBADMSG, "'%s' is a link without target",
				 walk->path);
	return 0;
}

/* Gives the entry at walk->path; *@inode is taken where its contents keep it. */
static int visit(struct walk *walk, sqfs_inode_generic_t **inode, struct error *error)
{
	_cleanup_(source_unrefp) struct source *content = NULL;
	struct entry entry = {0};
	int r;

	r = count_inode(walk, *inode, error);
	if (r == 0)
		r = fill_entry(walk, *inode, &entry, error);
	if (r == 0)
		r = squashfs_xattrs_read(walk->image, *inode, &entry, error);
	if (r == 0 && is_file(*inode)) {
		content = squashfs_content(walk->image, *inode);
		r = content ? 0 : error_memory(error);
		if (content)
			*inode = NULL;
	}
	if (r == 0) {
		entry.content = content;
		entry.size = content ? source_size(content) : 0;
		r = walk->visitor->add(walk->visitor->context, &entry, error);
	}
	squashfs_xattrs_free(&entry);
	return r;
}

static int visit_child(struct walk *walk, struct level *level, struct error *error)
{
	struct child *child = &level->children[level->next++];
	size_t at = level->path_size, size = strlen(child->name);
	int r;

	if (at + 1 + size >= sizeof(walk->path))
		return error_set(error, -E2BIG, "has a path longer than %zu bytes",
				 sizeof(walk->path) - 1);
	if (at > 0)
		walk->path[at++] = '/';
	memcpy(walk->path + at, child->name, size + 1);
	r = visit(walk, &child->inode, error);
	if (r < 0 || !child->inode || !is_directory(child->inode))
		return r;
	return push_directory(walk, child->inode, error);
}

static int walk_all(struct walk *walk, struct error *error)
{
	sqfs_inode_generic_t *root = NULL;
	int r;

	r = squashfs_inode_read(walk->image, walk->image->super.root_inode_ref, &root,
				error);
	if (r < 0)
		return r;
	if (!is_directory(root))
		r = error_set(error, -EBADMSG, "the root is no directory");
	if (r == 0)
		r = visit(walk, &root, error);
	if (r == 0)
		r = push_directory(walk, root, error);
	sqfs_free(root);
	while (r == 0 && walk->n_levels > 0) {
		struct level *level = &walk->levels[walk->n_levels - 1];

		walk->path[level->path_size] = 0;
		if (level->next < level->n_children)
			r = visit_child(walk, level, error);
		else
			level_done(&walk->levels[--walk->n_levels]);
	}
	return r;
}

int squashfs_read(struct source *source, const struct entry_visitor *visitor,
		  struct squashfs_info *ret, struct error *error)
{
	_cleanup_(walk_done) struct walk walk = {.visitor = visitor};
	uint32_t n_inodes;
	int r;

	r = squashfs_read_info(source, ret, error);
	if (r < 0)
		return r;
	n_inodes = ret->n_inodes;
	if (n_inodes > LIMIT_TREE_ENTRIES)
		return error_set(error, -E2BIG,
				 "has %" PRIu32 " files, at most %" PRIu32 " are read",
				 n_inodes, LIMIT_TREE_ENTRIES);
	r = squashfs_image_open(source, &walk.image, error);
	if (r < 0)
		return r;
	walk.seen = calloc(n_inodes / 8 + 1, 1);
	if (!walk.seen)
		return error_memory(error);
	r = walk_all(&walk, error);
	if (r < 0)
		return r;
	if (walk.n_seen != n_inodes)
		return error_set(error, -EBADMSG,
				 "superblock counts %" PRIu32
				 " inodes, the tree has %" PRIu32,
				 n_inodes, walk.n_seen);
	return 0;
}
