/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What depends on the builder and not on the extension is taken out: the same manifest,
 * base and donor give the same bytes, whoever builds, wherever, whenever.
 */

#include <string.h>

#include "sysext-build/stages.h"

#define PERMISSIONS        00777
#define WRITABLE_BY_OTHERS 00022

/*
 * The topmost layer gives a merged directory its mode: the base's must not change by the
 * merge.
 */
static void normalize_directory(const struct selection *selection, struct node *node)
{
	const struct node *base =
		tree_chase(selection->base->tree, node->entry.path, NULL);

	node->entry.mode =
		base && base->entry.type == ENTRY_DIRECTORY ? base->entry.mode : 0755;
}

/*
 * The umask of who checked a Tree= out shows in its group bits. Programs that a donor
 * marks set-uid have no other user than root to serve in an initrd.
 */
static void normalize_mode(struct node *node, const struct shipped *shipped)
{
	bool from_tree = shipped && shipped->origin == ORIGIN_TREE;

	if (node->entry.type == ENTRY_SYMLINK)
		node->entry.mode = 0777;
	else if (from_tree)
		node->entry.mode &= ~(uint32_t)WRITABLE_BY_OTHERS;
	else
		node->entry.mode &= PERMISSIONS;
}

static void keep_capabilities(struct entry *entry)
{
	size_t kept = 0;

	for (size_t i = 0; i < entry->n_xattrs; i++)
		if (entry->type == ENTRY_FILE &&
		    strcmp(entry->xattrs[i].name, "security.capability") == 0)
			entry->xattrs[kept++] = entry->xattrs[i];
	entry->n_xattrs = kept;
}

int normalize(struct selection *selection, int64_t mtime, struct error *error)
{
	TREE_FOREACH(node, selection->tree) {
		if (node->entry.type == ENTRY_DIRECTORY)
			normalize_directory(selection, node);
		else
			normalize_mode(node,
				       map_get(selection->shipped, node->entry.path));
		node->entry.uid = 0;
		node->entry.gid = 0;
		node->entry.mtime = mtime;
		keep_capabilities(&node->entry);
	}
	tree_sort(selection->tree);
	return 0;
}
