/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What ELF programs, libraries and scripts need, and who provides it: one resolver for
 * the validator, which reports what is missing, and for the builder, which adds it.
 *
 * Specification: ld.so(8) for the search order; elf(5). Default directories are those of
 * the distribution's own ld.so.
 */

#include "sysext-verify/model/tree.h"

enum need_kind {
	NEED_INTERPRETER,        /* the dynamic linker of an ELF program */
	NEED_LIBRARY,            /* DT_NEEDED */
	NEED_VERSION,            /* a version node of a library */
	NEED_SCRIPT_INTERPRETER, /* "#!" */
};

struct need {
	enum need_kind kind;
	const struct node *user;     /* who needs it */
	const char *name;            /* soname, path or version */
	const char *library;         /* of a version: the soname that must define it */
	const struct node *provider; /* NULL: missing */
	const struct node *unread;   /* too large to be read, and maybe what is needed */
	bool wrong_machine; /* found, but of another class or machine: counts as missing
			     */
};

struct objects {
	struct need *needs; /* in the order of the tree's paths */
	size_t n_needs;
};

/*
 * Resolves every need of the nodes of @tree for which @selects says yes (NULL: all), in
 * @tree. Allocated in the tree's arena.
 */
int objects_resolve(const struct tree *tree,
		    bool (*selects)(void *context, const struct node *node),
		    void *context, struct objects *ret, struct error *error);

/*
 * The node that ld.so finds for @soname on behalf of @user, or NULL. @ret_wrong (may be
 * NULL) gets the first candidate of another class or machine, which ld.so passes over, or
 * one that was too large to be read.
 */
const struct node *objects_find_library(const struct tree *tree, const struct node *user,
					const char *soname,
					const struct node **ret_wrong);

/* The directories that the ld.so of @tree searches by default; a NULL-terminated list. */
const char *const *objects_library_directories(const struct tree *tree);
