/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Several extensions that are merged together: their order, and where they meet.
 *
 * Specification: sysext/sysext.c, merge_subprocess() and merge_hierarchy() (252 to 262):
 * the images are sorted by version, the highest is the topmost layer; all directories
 * go into one string of mount options.
 */

#include "sysext-verify/model/base.h"
#include "sysext-verify/model/extension.h"

/* A path that two extensions bring, and that is no directory in both. */
struct set_collision {
	const char *path;
	const struct extension *winner, *loser;
	bool identical; /* the same contents */
};

/* Two extensions of one name: systemd sees one of them. */
struct set_namesake {
	const struct extension *extension, *other;
};

struct set {
	const struct extension **members; /* what is merged, the lowest layer first */
	size_t n_members;
	const struct extension *const
		*culprits; /* each ends the merge of all, borrowed */
	size_t n_culprits;
	struct set_namesake *namesakes;
	size_t n_namesakes;
	struct set_collision *collisions; /* in the order of paths */
	size_t n_collisions;
	size_t options_size;   /* bytes of the longest string of mount options */
	const char *hierarchy; /* that it is for: "usr" */
	struct tree *merged;
};

/*
 * @members (in any order) have a tree each and a name; @culprits are borrowed. All but
 * the tree is in @arena. -ENOMEM, and -E2BIG as overlay_merge().
 */
int set_build(struct arena *arena, const struct base *base,
	      const struct extension *const *members, size_t n_members,
	      const struct extension *const *culprits, size_t n_culprits,
	      struct set **ret, struct error *error);
void set_free(struct set *set);
DEFINE_CLEANUP(struct set *, set_free);
