/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/overlay.h"

#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"

static const char *const hierarchies[] = {"usr", "opt"};

bool overlay_covers(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++)
		if (path_is_below(path, hierarchies[i]))
			return true;
	return false;
}

/* overlayfs.rst, "whiteouts and opaque directories": a character device 0:0 deletes. */
bool overlay_is_whiteout(const struct node *node)
{
	return node->entry.type == ENTRY_CHARACTER_DEVICE &&
	       node->entry.device_major == 0 && node->entry.device_minor == 0;
}

bool overlay_is_opaque(const struct node *node)
{
	for (size_t i = 0; i < node->entry.n_xattrs; i++)
		if (strcmp(node->entry.xattrs[i].name, "trusted.overlay.opaque") == 0 &&
		    span_equal(node->entry.xattrs[i].value, span_string("y")))
			return true;
	return false;
}

/*
 * Puts @origin at @path. The merged tree borrows contents from the layers, so the copy
 * goes in without them and they are set afterwards.
 */
static int put(struct tree *merged, struct node *origin, const char *path, unsigned layer,
	       struct node **ret, struct error *error)
{
	struct entry entry = origin->entry;
	struct node *node;
	int r;

	entry.path = path;
	entry.content = NULL;
	r = tree_add(merged, &entry, &node, error);
	if (r < 0)
		return r;
	*ret = node;
	if (!node)
		return 0;
	node->entry.content = origin->entry.content;
	node->is_elf = origin->is_elf;
	node->elf = origin->elf;
	node->elf_error = origin->elf_error;
	node->interpreter = origin->interpreter;
	node->facts = origin->facts;
	node->layer = layer;
	node->origin = origin;
	return 0;
}

static int copy_base(struct tree *merged, const struct tree *base, struct error *error)
{
	TREE_FOREACH(node, base) {
		struct node *copy;
		int r = put(merged, node, node->entry.path, 0, &copy, error);

		if (r < 0)
			return r;
	}
	return 0;
}

static int merge_child(struct tree *merged, const struct node *target, struct node *child,
		       unsigned layer, unsigned depth, struct error *error);

/* @target is the directory of the merged tree that gets what @source holds. */
static int merge_directory(struct tree *merged, const struct node *target,
			   const struct node *source, unsigned layer, unsigned depth,
			   struct error *error)
{
	if (depth > LIMIT_TREE_DEPTH)
		return error_set(error, -E2BIG,
				 "directories are nested more than %d deep",
				 LIMIT_TREE_DEPTH);
	FOREACH_CHILD(child, source) {
		int r = merge_child(merged, target, child, layer, depth + 1, error);

		if (r < 0)
			return r;
	}
	return 0;
}

static int merge_child(struct tree *merged, const struct node *target, struct node *child,
		       unsigned layer, unsigned depth, struct error *error)
{
	const char *path =
		arena_path_join(merged->arena, target->entry.path, child->name);
	const struct node *hides = NULL;
	struct node *existing, *node;
	bool directory = child->entry.type == ENTRY_DIRECTORY;
	unsigned below = 0;
	int r;

	if (!path)
		return error_memory(error);
	existing = tree_get(merged, path);
	if (existing && (!directory || existing->entry.type != ENTRY_DIRECTORY ||
			 overlay_is_opaque(child))) {
		hides = existing->origin;
		below = existing->layer;
		tree_remove(merged, existing);
	}
	if (overlay_is_whiteout(child))
		return 0;
	r = put(merged, child, path, layer, &node, error);
	if (r < 0 || !node)
		return r;
	node->hides = hides;
	node->below = below;
	if (!directory)
		return 0;
	return merge_directory(merged, node, child, layer, depth, error);
}

static int merge_hierarchy(struct tree *merged, const struct tree *layer_tree,
			   const char *hierarchy, unsigned layer, struct error *error)
{
	const struct entry fresh = {
		.path = hierarchy, .type = ENTRY_DIRECTORY, .mode = 0755};
	const struct node *source = tree_chase(layer_tree, hierarchy, NULL);
	struct node *target = tree_chase(merged, hierarchy, NULL);
	int r;

	if (!source || source->entry.type != ENTRY_DIRECTORY || !source->children)
		return 0;
	if (!target) {
		r = tree_add(merged, &fresh, &target, error);
		if (r < 0 || !target)
			return r;
	}
	return merge_directory(merged, target, source, layer, 0, error);
}

int overlay_merge(struct arena *arena, const struct tree *base,
		  struct tree *const *layers, size_t n_layers, struct tree **ret,
		  struct error *error)
{
	_cleanup_(tree_freep) struct tree *merged = NULL;
	int r;

	r = tree_new(arena, &merged, error);
	if (r < 0)
		return r;
	r = copy_base(merged, base, error);
	for (size_t i = 0; r == 0 && i < n_layers; i++)
		for (size_t h = 0; r == 0 && h < ARRAY_SIZE(hierarchies); h++)
			r = merge_hierarchy(merged, layers[i], hierarchies[h],
					    (unsigned)i + 1, error);
	if (r < 0)
		return r;
	tree_sort(merged);
	*ret = TAKE_PTR(merged);
	return 0;
}
