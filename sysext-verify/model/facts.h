/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is wanted of the text files of a tree, parsed. The contents of a file are read
 * where they are there. A base that was read from a profile has none: its nodes carry
 * what was parsed when the profile was written, and these functions cannot be told apart.
 *
 * Each returns -ENODATA, with words that name the file, if there is neither; what
 * node_read() returns; -ENOMEM.
 */

#include "formats/env-file.h"
#include "formats/key.h"
#include "sysext-verify/model/tree.h"

struct unit_line;

struct certificate_fact {
	struct span der;    /* of the first certificate of the file; none if there is */
	struct error error; /* why */
	unsigned faults;    /* enum certificate_fault */
};

struct node_facts {
	bool has_lines;
	struct unit_line *lines; /* of a unit file or another of its syntax */
	size_t n_lines;
	const struct env_file *assignments; /* of os-release; NULL: not known */
	const char *index; /* the paths of modules.dep, one a line; NULL: not known */
	const struct certificate_fact *certificate; /* NULL: not known */
};

/* The lines of a unit, a drop-in, or another file of their syntax: unit_parse(). */
int node_lines(const struct tree *tree, const struct node *node, struct unit_line **ret,
	       size_t *ret_n, struct error *error);

/* Of os-release and its like: env_file_parse(). */
int node_assignments(const struct tree *tree, const struct node *node,
		     struct env_file *ret, struct error *error);

/* Of modules.dep and modules.builtin: module_index_parse(); @ret is the caller's. */
int node_module_index(const struct tree *tree, const struct node *node, struct map **ret,
		      struct error *error);

/* The certificate of a file of verity.d: certificate_read(), whose errors come as well.
 */
int node_certificate(const struct node *node, struct certificate **ret,
		     unsigned *ret_faults, struct error *error);
