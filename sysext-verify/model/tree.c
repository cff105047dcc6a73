/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"

int tree_new(struct arena *arena, struct tree **ret, struct error *error)
{
	_cleanup_(tree_freep) struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return error_memory(error);
	tree->arena = arena;
	tree->nodes = node_map_new();
	tree->root = arena_alloc(arena, sizeof(*tree->root));
	if (!tree->nodes || !tree->root)
		return error_memory(error);
	tree->root->entry =
		(struct entry){.path = "", .type = ENTRY_DIRECTORY, .mode = 0755};
	tree->root->name = "";
	tree->n_nodes = 1;
	*ret = TAKE_PTR(tree);
	return 0;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->n_contents; i++)
		source_unref(tree->contents[i]);
	free(tree->contents);
	node_map_free(tree->nodes);
	free(tree);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp((*(struct node *const *)a)->name, (*(struct node *const *)b)->name);
}

static void sort_children(struct node *node)
{
	_cleanup_free_ struct node **children = NULL;
	size_t n = 0, at = 0;

	FOREACH_CHILD(child, node)
		n++;
	children = n > 1 ? calloc(n, sizeof(struct node *)) : NULL;
	if (!children)
		return;
	FOREACH_CHILD(child, node)
		children[at++] = child;
	qsort(children, n, sizeof(struct node *), compare_names);
	for (at = 0; at < n; at++) {
		children[at]->previous = at > 0 ? children[at - 1] : NULL;
		children[at]->next = at + 1 < n ? children[at + 1] : NULL;
	}
	node->children = children[0];
	node->last_child = children[n - 1];
}

void tree_sort(struct tree *tree)
{
	TREE_FOREACH(node, tree)
		sort_children(node);
}

struct node *tree_get(const struct tree *tree, const char *path)
{
	struct node *node = tree->root;

	while (node && *path) {
		size_t size = strcspn(path, "/");

		node = node_map_get(tree->nodes, node, path, size);
		path += size;
		path += *path == '/';
	}
	return node;
}

struct walk {
	const struct tree *tree;
	struct node *node; /* where the way has come to */
	char way[2 * LIMIT_PATH_SIZE];
	size_t rest_at; /* where in it begins what is left */
	unsigned n_links;
	bool follow_last;
};

/*
 * Puts the link's target in front of what is left after @rest. False: too long or too
 * many.
 */
static bool walk_link(struct walk *walk, const struct node *link, const char *rest)
{
	char joined[2 * LIMIT_PATH_SIZE];
	int size = snprintf(joined, sizeof(joined), "%s/%s", link->entry.target, rest);

	if (size < 0 || (size_t)size >= sizeof(joined) || ++walk->n_links > LIMIT_LINKS)
		return false;
	memcpy(walk->way, joined, (size_t)size + 1);
	walk->rest_at = 0;
	if (*link->entry.target == '/')
		walk->node = walk->tree->root;
	return true;
}

static void set_missing(const struct walk *walk, const char *name, size_t size,
			const char **ret_missing)
{
	const char *directory = walk->node->entry.path;

	if (ret_missing)
		*ret_missing = arena_printf(walk->tree->arena, "%s%s%.*s", directory,
					    *directory ? "/" : "", (int)size, name);
}

/* One component. 1: go on, 0: arrived, -1: the way ends. */
static int walk_step(struct walk *walk, const char **ret_missing)
{
	const char *name = path_relative(walk->way + walk->rest_at);
	size_t size = strcspn(name, "/");
	const char *rest = path_relative(name + size);
	struct node *child;

	if (size == 0)
		return 0;
	if (size == 2 && memcmp(name, "..", 2) == 0) {
		if (walk->node->parent)
			walk->node = walk->node->parent;
	} else if (size != 1 || *name != '.') {
		child = node_map_get(walk->tree->nodes, walk->node, name, size);
		if (!child) {
			set_missing(walk, name, size, ret_missing);
			return -1;
		}
		if (child->entry.type == ENTRY_SYMLINK && (*rest || walk->follow_last)) {
			if (walk_link(walk, child, rest))
				return 1;
			set_missing(walk, name, size, ret_missing);
			return -1;
		}
		walk->node = child;
	}
	walk->rest_at = (size_t)(rest - walk->way);
	return 1;
}

static struct node *walk_path(const struct tree *tree, const char *path, bool follow_last,
			      const char **ret_missing)
{
	struct walk walk = {.tree = tree, .node = tree->root, .follow_last = follow_last};
	size_t size = strlen(path);
	int r;

	if (size >= sizeof(walk.way))
		return NULL;
	memcpy(walk.way, path, size + 1);
	do
		r = walk_step(&walk, ret_missing);
	while (r > 0);
	return r < 0 ? NULL : walk.node;
}

struct node *tree_chase(const struct tree *tree, const char *path,
			const char **ret_missing)
{
	return walk_path(tree, path, true, ret_missing);
}

struct node *tree_chase_link(const struct tree *tree, const char *path)
{
	return walk_path(tree, path, false, NULL);
}

struct node *tree_next(const struct tree *tree, const struct node *node)
{
	if (node->children)
		return node->children;
	while (node && !node->next)
		node = node->parent;
	return node ? node->next : NULL;
}

int node_read(const struct tree *tree, const struct node *node, struct span *ret,
	      struct error *error)
{
	uint8_t *bytes;
	size_t size;
	int r;

	if (!node->entry.content)
		return error_set(error, -ENODATA, "contents of '%s' were not kept",
				 node->entry.path);
	if (source_size(node->entry.content) > LIMIT_TEXT_FILE)
		return error_set(error, -E2BIG, "'%s' has more than %llu bytes",
				 node->entry.path, (unsigned long long)LIMIT_TEXT_FILE);
	size = (size_t)source_size(node->entry.content);
	bytes = arena_alloc(tree->arena, size + 1);
	if (!bytes)
		return error_memory(error);
	r = source_read(node->entry.content, 0, bytes, size, error);
	if (r < 0)
		return error_wrap(error, r, "'%s'", node->entry.path);
	*ret = span_make(bytes, size);
	return 0;
}

int node_digest(struct node *node, uint8_t ret[DIGEST_SHA256_SIZE], struct error *error)
{
	int r;

	if (!node->entry.has_digest) {
		if (!node->entry.content)
			return error_set(error, -ENODATA,
					 "contents of '%s' were not kept",
					 node->entry.path);
		r = digest_sha256_source(node->entry.content, node->entry.digest, error);
		if (r < 0)
			return error_wrap(error, r, "'%s'", node->entry.path);
		node->entry.has_digest = true;
	}
	memcpy(ret, node->entry.digest, DIGEST_SHA256_SIZE);
	return 0;
}
