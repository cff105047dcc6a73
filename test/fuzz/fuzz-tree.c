/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/initrd.h"
#include "sysext-verify/model/tree.h"
#include "test/fuzz/fuzz.h"

static void touch_node(const struct tree *tree, const struct node *node)
{
	struct span content;

	if (node->parent && tree_get(tree, node->entry.path) != node)
		abort();
	fuzz_touch_string(node->entry.target);
	fuzz_touch_string(node->interpreter);
	if (node->elf_error)
		fuzz_check(node->elf_error->code, node->elf_error);
	if (node->entry.type == ENTRY_SYMLINK)
		(void)tree_chase(tree, node->entry.path, NULL);
	if (node->entry.content && node_read(tree, node, &content, NULL) == 0)
		fuzz_touch(content.data, content.size + 1);
}

/*
 * The tree that an initrd unpacks to: entries that replace each other, links in every
 * place.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(tree_freep) struct tree *tree = NULL;
	struct tree_builder builder = {0};
	struct entry_visitor visitor = tree_builder_visitor(&builder);
	struct initrd initrd = {0};
	struct error error = ERROR_INIT;
	size_t n_nodes = 0;
	int r;

	if (!arena || tree_new(arena, &tree, &error) < 0)
		abort();
	builder.tree = tree;
	r = initrd_read(source, &visitor, &initrd, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, tree->n_lost > 0);
	tree_sort(tree);
	TREE_FOREACH(node, tree) {
		touch_node(tree, node);
		n_nodes++;
	}
	if (n_nodes != tree->n_nodes)
		abort();
	initrd_done(&initrd);
	return 0;
}
