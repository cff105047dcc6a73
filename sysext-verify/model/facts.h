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
#include "formats/module.h"
#include "formats/passwd.h"
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
	const struct passwd_users *users;           /* of passwd; NULL: not known */
	const struct passwd_groups *groups;         /* of group; NULL: not known */
	const struct passwd_shadows *shadows;       /* of shadow; NULL: not known */

	/*
	 * Of a kernel module, where the symbols were asked for; NULL: not known. Its
	 * signature is left out, and of its fields what is of no use to a check.
	 */
	const struct module *module;
	bool module_has_signature;
};

/* The lines of a unit, a drop-in, or another file of their syntax: unit_parse(). */
int node_lines(const struct tree *tree, const struct node *node, struct unit_line **ret,
	       size_t *ret_n, struct error *error);

/* The lines of a file of modprobe.d: modprobe_parse(). */
int node_modprobe(const struct tree *tree, const struct node *node,
		  struct unit_line **ret, size_t *ret_n, struct error *error);

/* Of /etc/passwd, /etc/group and /etc/shadow: formats/passwd.h. */
int node_users(const struct tree *tree, const struct node *node, struct passwd_users *ret,
	       struct error *error);
int node_groups(const struct tree *tree, const struct node *node,
		struct passwd_groups *ret, struct error *error);
int node_shadows(const struct tree *tree, const struct node *node,
		 struct passwd_shadows *ret, struct error *error);

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
