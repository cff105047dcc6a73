/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/set.h"

#include <stdlib.h>
#include <string.h>

#include "formats/core/version.h"
#include "sysext-verify/model/hidden.h"
#include "sysext-verify/model/overlay.h"

static int compare_members(const void *a, const void *b)
{
	const struct extension *left = *(const struct extension *const *)a;
	const struct extension *right = *(const struct extension *const *)b;

	return version_compare(left->name, right->name);
}

static int sort_members(struct arena *arena, struct set *set,
			const struct extension *const *members, size_t n_members)
{
	set->members = arena_array(arena, n_members, sizeof(*set->members));
	if (!set->members)
		return -ENOMEM;
	for (size_t i = 0; i < n_members; i++)
		set->members[i] = members[i];
	qsort(set->members, n_members, sizeof(*set->members), compare_members);
	set->n_members = n_members;
	return 0;
}

static int find_namesakes(struct arena *arena, struct set *set)
{
	set->namesakes = arena_array(arena, set->n_members, sizeof(*set->namesakes));
	if (!set->namesakes)
		return -ENOMEM;
	/* They are sorted: what is equal stands side by side. */
	for (size_t i = 1; i < set->n_members; i++)
		if (strcmp(set->members[i]->name, set->members[i - 1]->name) == 0)
			set->namesakes[set->n_namesakes++] = (struct set_namesake){
				set->members[i], set->members[i - 1]};
	return 0;
}

/*
 * "lowerdir=/run/systemd/sysext/meta/usr:/run/systemd/sysext/extensions/NAME/usr:...:/usr",
 * where only what has files in the hierarchy is a layer. An extension's own link is
 * followed: its target stands there.
 */
static size_t options_size(const struct base *base, const struct set *set,
			   const char *hierarchy)
{
	const struct node *own = tree_chase(base->tree, hierarchy, NULL);
	size_t size = strlen("lowerdir=/run/systemd/sysext/meta/") + strlen(hierarchy);
	size_t n = 0;

	for (size_t i = 0; i < set->n_members; i++) {
		const struct node *node =
			tree_chase(set->members[i]->tree, hierarchy, NULL);

		if (!node || !node->children)
			continue;
		size += strlen(":/run/systemd/sysext/extensions/") +
			strlen(set->members[i]->name) + 1 + strlen(node->entry.path);
		n++;
	}
	if (own && own->children)
		size += 2 + strlen(own->entry.path);
	return n > 0 ? size : 0;
}

static void measure_options(const struct base *base, struct set *set)
{
	static const char *const hierarchies[] = {"usr", "opt"};

	for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++) {
		size_t size = options_size(base, set, hierarchies[i]);

		if (size <= set->options_size)
			continue;
		set->options_size = size;
		set->hierarchy = hierarchies[i];
	}
}

/* Of two of one name only one is there: they meet nowhere. */
static bool is_collision(const struct set *set, const struct node *node)
{
	return node->layer > 0 && node->hides && node->below > 0 &&
	       strcmp(set->members[node->layer - 1]->name,
		      set->members[node->below - 1]->name) != 0;
}

static int find_collisions(struct arena *arena, struct set *set)
{
	size_t n = 0;

	TREE_FOREACH(node, set->merged)
		n += is_collision(set, node);
	set->collisions = arena_array(arena, n, sizeof(*set->collisions));
	if (!set->collisions)
		return -ENOMEM;
	TREE_FOREACH(node, set->merged)
		if (is_collision(set, node))
			set->collisions[set->n_collisions++] = (struct set_collision){
				.path = node->entry.path,
				.winner = set->members[node->layer - 1],
				.loser = set->members[node->below - 1],
				.identical =
					hidden_same_contents(node->origin, node->hides)};
	return 0;
}

static int merge(struct arena *arena, const struct base *base, struct set *set,
		 struct error *error)
{
	struct tree **trees = arena_array(arena, set->n_members, sizeof(*trees));

	if (!trees)
		return error_memory(error);
	for (size_t i = 0; i < set->n_members; i++)
		trees[i] = set->members[i]->tree;
	return overlay_merge(arena, base->tree, trees, set->n_members, &set->merged,
			     error);
}

int set_build(struct arena *arena, const struct base *base,
	      const struct extension *const *members, size_t n_members,
	      const struct extension *const *culprits, size_t n_culprits,
	      struct set **ret, struct error *error)
{
	_cleanup_(set_freep) struct set *set = calloc(1, sizeof(*set));
	int r;

	if (!set || sort_members(arena, set, members, n_members) < 0 ||
	    find_namesakes(arena, set) < 0)
		return error_memory(error);
	set->culprits = culprits;
	set->n_culprits = n_culprits;
	measure_options(base, set);
	r = merge(arena, base, set, error);
	if (r < 0)
		return r;
	if (find_collisions(arena, set) < 0)
		return error_memory(error);
	*ret = TAKE_PTR(set);
	return 0;
}

void set_free(struct set *set)
{
	if (!set)
		return;
	tree_free(set->merged);
	free(set);
}
