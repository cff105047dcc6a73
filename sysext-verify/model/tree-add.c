/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "sysext-verify/model/tree.h"

static int keep_content(struct tree *tree, struct source *content)
{
	if (tree->n_contents == tree->n_contents_allocated) {
		size_t n =
			tree->n_contents_allocated ? tree->n_contents_allocated * 2 : 64;
		struct source **contents =
			reallocarray(tree->contents, n, sizeof(*contents));

		if (!contents)
			return -ENOMEM;
		tree->contents = contents;
		tree->n_contents_allocated = n;
	}
	tree->contents[tree->n_contents++] = source_ref(content);
	return 0;
}

static int copy_xattrs(struct arena *arena, struct entry *entry)
{
	struct entry_xattr *xattrs = arena_array(arena, entry->n_xattrs, sizeof(*xattrs));

	if (!xattrs)
		return -ENOMEM;
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		struct span value = entry->xattrs[i].value;

		xattrs[i].name = arena_strdup(arena, entry->xattrs[i].name);
		xattrs[i].value = span_make(arena_memdup(arena, value.data, value.size),
					    value.size);
		if (!xattrs[i].name || !xattrs[i].value.data)
			return -ENOMEM;
	}
	entry->xattrs = xattrs;
	return 0;
}

/*
 * Fills @node with a copy of @entry that borrows nothing, under the path @path (in the
 * arena).
 */
static int fill_node(struct tree *tree, struct node *node, const struct entry *entry,
		     const char *path)
{
	node->entry = *entry;
	node->entry.path = path;
	node->name = path_name(path);
	if (entry->target) {
		node->entry.target = arena_strdup(tree->arena, entry->target);
		if (!node->entry.target)
			return -ENOMEM;
	}
	if (entry->n_xattrs > 0 && copy_xattrs(tree->arena, &node->entry) < 0)
		return -ENOMEM;
	if (entry->content && keep_content(tree, entry->content) < 0)
		return -ENOMEM;
	return 0;
}

static void append_child(struct node *parent, struct node *child)
{
	child->parent = parent;
	child->previous = parent->last_child;
	if (parent->last_child)
		parent->last_child->next = child;
	else
		parent->children = child;
	parent->last_child = child;
}

static void unlink_child(struct node *child)
{
	struct node *parent = child->parent;

	if (child->previous)
		child->previous->next = child->next;
	else
		parent->children = child->next;
	if (child->next)
		child->next->previous = child->previous;
	else
		parent->last_child = child->previous;
	child->previous = child->next = NULL;
}

/* One name less for the file. */
static void leave_names(struct node *node)
{
	struct node *next = node->same, *before = node->same_before;

	if (!next)
		return;
	next->same_before = before;
	before->same = next;
	if (next == before)
		next->same = next->same_before = NULL;
	node->same = node->same_before = NULL;
}

void tree_remove(struct tree *tree, struct node *node)
{
	while (node->children)
		tree_remove(tree, node->children);
	node_map_remove(tree->nodes, node);
	unlink_child(node);
	leave_names(node);
	tree->n_nodes--;
}

static int lose(struct tree *tree, const struct entry *entry, struct node **ret_node)
{
	if (tree->n_lost++ == 0)
		tree->first_lost = arena_strdup(tree->arena, entry->path);
	if (ret_node)
		*ret_node = NULL;
	return 0;
}

static struct node *find_parent(const struct tree *tree, const char *path)
{
	char buffer[LIMIT_PATH_SIZE];
	size_t size = path_parent_size(path);
	struct node *parent;

	if (size >= sizeof(buffer))
		return NULL;
	memcpy(buffer, path, size);
	buffer[size] = 0;
	/*
	 * A directory at this very path has no link above it: the long way leads there,
	 * too.
	 */
	parent = tree_get(tree, buffer);
	if (!parent || parent->entry.type != ENTRY_DIRECTORY)
		parent = tree_chase(tree, buffer, NULL);
	return parent && parent->entry.type == ENTRY_DIRECTORY ? parent : NULL;
}

/* clean_path(): makes a place free, or says that the kernel could not. */
static bool clear_place(struct tree *tree, struct node *existing)
{
	if (existing->entry.type == ENTRY_DIRECTORY && existing->children)
		return false;
	tree_remove(tree, existing);
	return true;
}

/* Where an entry belongs. */
struct place {
	struct node *parent; /* NULL: the kernel could not create it there */
	const char *path;    /* without links above its last component; in the arena */
	struct node *node;   /* what is there, or NULL */
};

static int find_place(struct tree *tree, const char *path, struct place *ret,
		      struct error *error)
{
	*ret = (struct place){.parent = tree->root, .path = "", .node = tree->root};
	if (!*path)
		return 0;
	ret->node = NULL;
	ret->parent = find_parent(tree, path);
	if (!ret->parent)
		return 0;
	ret->path =
		arena_path_join(tree->arena, ret->parent->entry.path, path_name(path));
	if (!ret->path)
		return error_memory(error);
	tree->paths_size += strlen(ret->path);
	ret->node = tree_get(tree, ret->path);
	return 0;
}

static struct node *new_node(struct tree *tree, const struct place *place)
{
	struct node *node = arena_alloc(tree->arena, sizeof(*node));

	if (!node)
		return NULL;
	node->entry.path = place->path;
	node->name = path_name(place->path);
	append_child(place->parent, node);
	if (node_map_add(tree->nodes, node) < 0)
		return NULL;
	tree->n_nodes++;
	return node;
}

static void copy_file(struct node *to, const struct node *from)
{
	const char *path = to->entry.path;

	to->entry = from->entry;
	to->entry.path = path;
	to->is_elf = from->is_elf;
	to->elf = from->elf;
	to->elf_error = from->elf_error;
	to->read_error = from->read_error;
	to->interpreter = from->interpreter;
	to->facts = from->facts;
	to->base_layer = from->base_layer;
}

int tree_share(struct tree *tree, const struct node *node, struct error *error)
{
	for (struct node *other = node->same; other && other != node;
	     other = other->same) {
		if (++tree->n_shared > LIMIT_TREE_SHARED)
			return error_set(error, -E2BIG,
					 "changes files with several names more than %u "
					 "times",
					 LIMIT_TREE_SHARED);
		copy_file(other, node);
	}
	return 0;
}

/* do_name(): a file is written over in place, so that all its names change. */
static int write_over(struct tree *tree, struct node *node, const struct entry *entry,
		      struct error *error)
{
	node->is_elf = false;
	node->elf = NULL;
	node->elf_error = node->read_error = NULL;
	node->interpreter = NULL;
	node->facts = NULL;
	if (fill_node(tree, node, entry, node->entry.path) < 0)
		return error_memory(error);
	return tree_share(tree, node, error);
}

static void join_names(struct node *node, struct node *file)
{
	if (!file->same)
		file->same = file->same_before = file;
	node->same = file->same;
	node->same_before = file;
	file->same->same_before = node;
	file->same = node;
}

/* A later name says the owner, mode and time of all, and their contents if it has any. */
static int update_file(struct tree *tree, struct node *node, const struct entry *entry,
		       struct error *error)
{
	struct entry *file = &node->entry;

	if (entry->size > 0)
		return write_over(tree, node, entry, error);
	if (file->mode == entry->mode && file->uid == entry->uid &&
	    file->gid == entry->gid && file->mtime == entry->mtime)
		return 0;
	file->mode = entry->mode;
	file->uid = entry->uid;
	file->gid = entry->gid;
	file->mtime = entry->mtime;
	return tree_share(tree, node, error);
}

/* maybe_link(): one more name for the file at entry->link, whatever is there by now. */
static int add_link(struct tree *tree, const struct entry *entry,
		    const struct place *place, struct node **ret_node,
		    struct error *error)
{
	struct place file;
	struct node *node;
	int r;

	if (!place->parent || (place->node && !clear_place(tree, place->node)))
		return lose(tree, entry, ret_node);
	r = find_place(tree, entry->link, &file, error);
	if (r < 0)
		return r;
	if (!file.node || file.node->entry.type != ENTRY_FILE)
		return lose(tree, entry, ret_node);
	node = new_node(tree, place);
	if (!node)
		return error_memory(error);
	copy_file(node, file.node);
	join_names(node, file.node);
	if (ret_node)
		*ret_node = node;
	return update_file(tree, node, entry, error);
}

/* init_mknod() fails where such a node is: it gets the owner and mode, not the numbers.
 */
static bool stays(const struct node *existing, const struct entry *entry)
{
	return existing->entry.type == entry->type && entry->type != ENTRY_SYMLINK;
}

static int put_entry(struct tree *tree, const struct entry *entry, struct place *place,
		     struct node **ret_node, struct error *error)
{
	struct entry whole = *entry;

	if (!place->parent || (!*place->path && entry->type != ENTRY_DIRECTORY))
		return lose(tree, entry, ret_node);
	if (place->node && !stays(place->node, entry)) {
		if (!clear_place(tree, place->node))
			return lose(tree, entry, ret_node);
		place->node = NULL;
	}
	if (place->node) {
		whole.device_major = place->node->entry.device_major;
		whole.device_minor = place->node->entry.device_minor;
	} else {
		place->node = new_node(tree, place);
		if (!place->node)
			return error_memory(error);
	}
	if (ret_node)
		*ret_node = place->node;
	if (entry->type == ENTRY_FILE)
		return write_over(tree, place->node, &whole, error);
	return fill_node(tree, place->node, &whole, place->path) < 0 ? error_memory(error)
								     : 0;
}

int tree_add(struct tree *tree, const struct entry *entry, struct node **ret_node,
	     struct error *error)
{
	struct place place;
	int r;

	/* What was replaced keeps its memory in the arena, and a link makes paths longer.
	 */
	if (entry->target)
		tree->paths_size += strlen(entry->target);
	if (++tree->n_added > LIMIT_TREE_ENTRIES || tree->paths_size > LIMIT_IMAGE_NAMES)
		return error_set(error, -E2BIG,
				 "has more than %u files or %" PRIu64 " bytes of paths",
				 LIMIT_TREE_ENTRIES, LIMIT_IMAGE_NAMES);
	r = find_place(tree, entry->path, &place, error);
	if (r < 0)
		return r;
	if (entry->link)
		return add_link(tree, entry, &place, ret_node, error);
	return put_entry(tree, entry, &place, ret_node, error);
}
