/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/erofs.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/erofs-image.h"

#define DIRENT_SIZE   12 /* nid, offset of the name, type, unused */
#define MAX_NAME_SIZE 255

/* One name of a directory until it has been given to the visitor. */
struct child {
	char *name;
	uint64_t nid;
};

/* A directory whose children are being given; the stack replaces recursion. */
struct level {
	struct child *children;
	size_t n_children, next;
	size_t path_size;             /* of the directory's own path, bytes */
	char last[MAX_NAME_SIZE + 1]; /* the last name, dots included */
};

struct walk {
	struct erofs_image *image;
	const struct entry_visitor *visitor;
	char path[LIMIT_PATH_SIZE];
	struct level *levels;
	size_t n_levels, n_levels_allocated;
	uint64_t *directories; /* a hash set of nid + 1; 0 is free */
	size_t n_directories, n_slots;
	uint64_t n_names; /* directory entries */
	uint64_t names_size;
};

static void level_done(struct level *level)
{
	for (size_t i = 0; i < level->n_children; i++)
		free(level->children[i].name);
	free(level->children);
}

static void walk_done(struct walk *walk)
{
	while (walk->n_levels > 0)
		level_done(&walk->levels[--walk->n_levels]);
	free(walk->levels);
	free(walk->directories);
	erofs_image_unref(walk->image);
}

/* False: it is there already. */
static bool set_add(uint64_t *slots, size_t n_slots, uint64_t value)
{
	size_t at = (size_t)(value * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (n_slots - 1);

	for (; slots[at] != 0; at = (at + 1) & (n_slots - 1)) {
		if (slots[at] == value)
			return false;
	}
	slots[at] = value;
	return true;
}

/* Linux cannot link directories: one that comes twice would be a cycle, or worse. */
static int count_directory(struct walk *walk, uint64_t nid, struct error *error)
{
	if (2 * walk->n_directories >= walk->n_slots) {
		size_t n = walk->n_slots ? 2 * walk->n_slots : 64;
		uint64_t *slots = calloc(n, sizeof(*slots));

		if (!slots)
			return error_memory(error);
		for (size_t i = 0; i < walk->n_slots; i++) {
			if (walk->directories[i] != 0)
				(void)set_add(slots, n, walk->directories[i]);
		}
		free(walk->directories);
		walk->directories = slots;
		walk->n_slots = n;
	}
	walk->n_directories++;
	if (set_add(walk->directories, walk->n_slots, nid + 1))
		return 0;
	return error_bad(error, ERROR_NO_OFFSET,
			 "directory '%s' has the inode of another directory", walk->path);
}

/* Linux looks names up by halving: one out of order would not be found. */
static int check_name(struct level *level, const char *name, size_t size,
		      struct error *error)
{
	if (strlen(name) != size || size == 0 || strchr(name, '/'))
		return error_bad(error, ERROR_NO_OFFSET,
				 "a directory holds the name '%s'", name);
	if (strcmp(level->last, name) >= 0)
		return error_bad(error, ERROR_NO_OFFSET,
				 "directory entry '%s' comes after '%s', must be sorted",
				 name, level->last);
	memcpy(level->last, name, size + 1);
	return 0;
}

static int add_child(struct walk *walk, struct level *level, uint64_t nid,
		     struct span bytes, struct error *error)
{
	_cleanup_free_ char *name = malloc(bytes.size + 1);
	size_t n = level->n_children;
	struct child *children;
	int r;

	if (!name)
		return error_memory(error);
	memcpy(name, bytes.data, bytes.size);
	name[bytes.size] = 0;
	r = check_name(level, name, bytes.size, error);
	if (r < 0)
		return r;
	walk->names_size += bytes.size;
	if (++walk->n_names > LIMIT_TREE_ENTRIES || walk->names_size > LIMIT_IMAGE_NAMES)
		return error_set(error, -E2BIG,
				 "has more than %" PRIu32 " files or %" PRIu64
				 " bytes of names",
				 LIMIT_TREE_ENTRIES, LIMIT_IMAGE_NAMES);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if ((n & (n - 1)) == 0) {
		children = realloc(level->children, (n ? 2 * n : 1) * sizeof(*children));
		if (!children)
			return error_memory(error);
		level->children = children;
	}
	level->children[level->n_children++] = (struct child){TAKE_PTR(name), nid};
	return 0;
}

/*
 * A block of a directory: entries, then their names, each up to the next one's, the last
 * up to a NUL or the end.
 */
static int read_block(struct walk *walk, struct level *level, struct span block,
		      struct error *error)
{
	struct cursor cursor = cursor_make(block);
	size_t n = 1;

	for (size_t i = 0; i < n; i++) {
		size_t start, end = 0;
		uint64_t nid;
		int r;

		cursor.at = i * DIRENT_SIZE;
		nid = cursor_le64(&cursor);
		start = cursor_le16(&cursor);
		cursor_skip(&cursor, 2);
		if (i == 0)
			n = start / DIRENT_SIZE;
		if (i + 1 < n) {
			cursor_skip(&cursor, 8);
			end = cursor_le16(&cursor);
		} else if (start < block.size) {
			end = start + strnlen((const char *)block.data + start,
					      block.size - start);
		}
		if (!cursor_ok(&cursor) || n == 0 || start < n * DIRENT_SIZE ||
		    end <= start || end > block.size || end - start > MAX_NAME_SIZE)
			return error_bad(error, ERROR_NO_OFFSET,
					 "entry %zu of a directory's block has a name "
					 "from byte %zu to %zu of %zu",
					 i, start, end, block.size);
		r = add_child(walk, level, nid,
			      span_make(block.data + start, end - start), error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_directory(struct walk *walk, struct level *level,
			  const struct erofs_inode *inode, struct error *error)
{
	uint32_t block_size = walk->image->super.info.block_size;
	_cleanup_free_ uint8_t *block = malloc(block_size);
	int r = 0;

	if (!block)
		return error_memory(error);
	for (uint64_t at = 0; r == 0 && at < inode->size; at += block_size) {
		size_t size = (size_t)MIN(inode->size - at, block_size);

		r = erofs_read_body(walk->image, inode, at, block, size, error);
		if (r == 0)
			r = read_block(walk, level, span_make(block, size), error);
	}
	return r;
}

static int push_directory(struct walk *walk, const struct erofs_inode *inode,
			  struct error *error)
{
	struct level *level;
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
	r = read_directory(walk, level, inode, error);
	return r < 0 ? error_wrap(error, r, "directory '%s'", walk->path) : r;
}

/* @target has LIMIT_PATH_SIZE bytes. */
static int read_link(struct walk *walk, const struct erofs_inode *inode, char *target,
		     struct error *error)
{
	size_t size;
	int r;

	if (inode->size == 0 || inode->size >= LIMIT_PATH_SIZE)
		return error_bad(error, ERROR_NO_OFFSET,
				 "link's target has %" PRIu64
				 " bytes, must be between 1 and %d",
				 inode->size, LIMIT_PATH_SIZE - 1);
	size = (size_t)inode->size;
	r = erofs_read_body(walk->image, inode, 0, target, size, error);
	if (r != 0)
		return r;
	target[size] = 0;
	if (strlen(target) != size)
		return error_bad(error, ERROR_NO_OFFSET,
				 "link's target has a NUL byte behind '%s'", target);
	return 0;
}

static int fill_entry(struct walk *walk, const struct erofs_inode *inode, char *target,
		      struct entry *entry, struct error *error)
{
	/* Every nid may be used, but for an entry 0 says that nobody knows. */
	*entry = (struct entry){.path = walk->path,
				.mode = inode->mode & 07777,
				.uid = inode->uid,
				.gid = inode->gid,
				.mtime = inode->mtime,
				.inode = inode->nid + 1};
	if (!entry_type_from_mode(inode->mode, &entry->type))
		return error_bad(error, ERROR_NO_OFFSET, "mode %o is no file type",
				 inode->mode);
	switch (entry->type) {
	case ENTRY_SYMLINK:
		entry->target = target;
		return read_link(walk, inode, target, error);
	case ENTRY_CHARACTER_DEVICE:
	case ENTRY_BLOCK_DEVICE:
		/* The encoding of Linux' new_decode_dev(). */
		entry->device_major = (inode->place >> 8) & 0xfff;
		entry->device_minor =
			(inode->place & 0xff) | ((inode->place >> 12) & 0xfff00);
		return 0;
	case ENTRY_FILE:
		entry->size = inode->size;
		return 0;
	default:
		return 0;
	}
}

static int give_entry(struct walk *walk, const struct erofs_inode *inode,
		      struct entry *entry, struct error *error)
{
	_cleanup_(source_unrefp) struct source *content = NULL;

	if (entry->type == ENTRY_FILE && walk->visitor) {
		content = erofs_content(walk->image, inode);
		if (!content)
			return error_memory(error);
		entry->content = content;
	}
	return walk->visitor ? walk->visitor->add(walk->visitor->context, entry, error)
			     : 0;
}

/* The index of a compressed file is one table. */
static int tell_index(struct walk *walk, const struct erofs_inode *inode,
		      struct error *error)
{
	struct erofs_image *image = walk->image;
	bool compressed = inode->layout == EROFS_COMPRESSED_FULL ||
			  inode->layout == EROFS_COMPRESSED_COMPACT;

	if (!image->range || !compressed || inode->size == 0)
		return 0;
	return erofs_index_range(image, inode, image->range, image->range_context, error);
}

/* Gives the entry at walk->path, and enters it if it is a directory. */
static int visit(struct walk *walk, uint64_t nid, struct error *error)
{
	char target[LIMIT_PATH_SIZE];
	struct erofs_inode inode;
	struct entry entry = {0};
	int r;

	r = erofs_read_inode(walk->image, nid, &inode, error);
	if (r == 0)
		r = fill_entry(walk, &inode, target, &entry, error);
	if (r == 0)
		r = erofs_read_xattrs(walk->image, &inode, &entry, error);
	if (r == 0)
		r = tell_index(walk, &inode, error);
	if (r < 0)
		r = error_wrap(error, r, "'%s'", walk->path);
	if (r == 0 && entry.type == ENTRY_DIRECTORY)
		r = count_directory(walk, nid, error);
	if (r == 0 && walk->n_levels == 0 && entry.type != ENTRY_DIRECTORY)
		r = error_bad(error, ERROR_NO_OFFSET, "the root is no directory");
	if (r == 0)
		r = give_entry(walk, &inode, &entry, error);
	if (r == 0 && entry.type == ENTRY_DIRECTORY)
		r = push_directory(walk, &inode, error);
	erofs_free_xattrs(&entry);
	return r;
}

static int visit_child(struct walk *walk, struct level *level, struct error *error)
{
	struct child *child = &level->children[level->next++];
	size_t at = level->path_size, size = strlen(child->name);

	if (at + 1 + size >= sizeof(walk->path))
		return error_set(error, -E2BIG, "has a path longer than %zu bytes",
				 sizeof(walk->path) - 1);
	if (at > 0)
		walk->path[at++] = '/';
	memcpy(walk->path + at, child->name, size + 1);
	return visit(walk, child->nid, error);
}

static int walk_all(struct walk *walk, struct error *error)
{
	int r = visit(walk, walk->image->super.root_nid, error);

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

int erofs_read(struct source *source, const struct entry_visitor *visitor,
	       struct erofs_info *ret, struct error *error)
{
	_cleanup_(walk_done) struct walk walk = {.visitor = visitor};
	int r;

	r = erofs_image_open(source, NULL, NULL, &walk.image, error);
	if (r < 0)
		return r;
	*ret = walk.image->super.info;
	return walk_all(&walk, error);
}

int erofs_table_extents(struct source *source, bool mount,
			int (*range)(void *context, uint64_t offset, uint64_t size),
			void *context, struct error *error)
{
	_cleanup_(walk_done) struct walk walk = {0};
	struct erofs_inode root;
	int r;

	r = erofs_image_open(source, range, context, &walk.image, error);
	if (r != 0)
		return r;
	if (mount)
		return erofs_read_inode(walk.image, walk.image->super.root_nid, &root,
					error);
	r = erofs_metabox_range(walk.image, error);
	if (r == 0 && walk.image->packed)
		r = tell_index(&walk, &walk.image->packed->inode, error);
	return r != 0 ? r : walk_all(&walk, error);
}
