/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files of the base that a merge puts others in front of, compared byte by byte. */

#include "sysext-verify/model/tree.h"

struct hidden_file {
	const struct node *node; /* in the merged tree; it tells what it hides */
	bool identical;          /* both are files with the same contents */
};

struct hidden {
	struct hidden_file *files; /* in the order of the merged tree */
	size_t n_files;
};

/*
 * Whether two nodes of layers are files with the same contents, or links to one target.
 * Contents that cannot be read count as different.
 */
bool hidden_same_contents(const struct node *a, const struct node *b);

/*
 * Everything of layer 0 that another layer hides. Contents are read where the sizes are
 * equal. Allocated in the tree's arena. -ENOMEM; contents that cannot be read count as
 * different.
 */
int hidden_read(struct tree *merged, struct hidden *ret, struct error *error);
