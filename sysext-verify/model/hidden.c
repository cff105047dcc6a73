/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/hidden.h"

#include <string.h>

static bool hides_base(const struct node *node)
{
	return node->layer > 0 && node->hides && node->below == 0;
}

/* The digest is kept in the node of the layer, so that no file is read twice. */
bool hidden_same_contents(const struct node *a, const struct node *b)
{
	uint8_t digest_a[DIGEST_SHA256_SIZE], digest_b[DIGEST_SHA256_SIZE];

	if (a->entry.type != b->entry.type)
		return false;
	if (a->entry.type == ENTRY_SYMLINK)
		return strcmp(a->entry.target, b->entry.target) == 0;
	if (a->entry.type != ENTRY_FILE || a->entry.size != b->entry.size)
		return false;
	return node_digest((struct node *)a, digest_a, NULL) == 0 &&
	       node_digest((struct node *)b, digest_b, NULL) == 0 &&
	       memcmp(digest_a, digest_b, sizeof(digest_a)) == 0;
}

int hidden_read(struct tree *merged, struct hidden *ret, struct error *error)
{
	struct hidden hidden = {0};
	size_t n = 0;

	TREE_FOREACH(node, merged)
		n += hides_base(node);
	hidden.files = arena_array(merged->arena, n, sizeof(*hidden.files));
	if (!hidden.files)
		return error_memory(error);
	TREE_FOREACH(node, merged) {
		const struct node *base;

		if (!hides_base(node))
			continue;
		base = node->hides->origin ? node->hides->origin : node->hides;
		hidden.files[hidden.n_files++] = (struct hidden_file){
			.node = node,
			.identical = hidden_same_contents(node->origin, base)};
	}
	*ret = hidden;
	return 0;
}
