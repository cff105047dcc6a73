/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The files that will be shipped, as a tree over the base, each with the reason why it is
 * there; and those that were left out, with the reason why not. Extensions add, they do
 * not replace: nothing that the base has comes in.
 */

#include "sysext-verify/model/base.h"

enum origin {
	ORIGIN_TREE,  /* Tree=: may carry what no package may, and must not be dropped */
	ORIGIN_FILES, /* Files=: must not be dropped */
	ORIGIN_PACKAGE,  /* Packages= */
	ORIGIN_NEEDED,   /* the closure */
	ORIGIN_ACTIVATE, /* made by the builder */
};

struct shipped {
	const char *path;       /* in the extension */
	const char *source;     /* where it was read, for messages: "/usr/sbin/sshd of the
				   donor" */
	const char *donor_path; /* the path in the donor, or NULL */
	const char *reason;     /* "package openssh-server" */
	enum origin origin;
	bool searched; /* its helpers were looked for */
	struct node *node;
};

struct omitted {
	const char *path;
	const char *reason;
	bool is_mention; /* not a file that was chosen, but one that a program names */
};

struct manifest;

struct selection {
	struct arena *arena;             /* borrowed */
	const struct base *base;         /* borrowed */
	const struct manifest *manifest; /* borrowed; for Exclude= */
	struct tree *tree;
	struct map *shipped; /* path -> struct shipped */
	struct map *omitted; /* path -> struct omitted */
};

int selection_new(struct arena *arena, const struct base *base,
		  const struct manifest *manifest, struct selection **ret,
		  struct error *error);
void selection_free(struct selection *selection);
DEFINE_CLEANUP(struct selection *, selection_free);

/*
 * The path at which a file that is called @path elsewhere has to be shipped so that no
 * directory of the extension stands over a link of the base; in the arena. -ENOTDIR if
 * the base has a file where a directory is needed.
 */
int selection_map_path(const struct selection *selection, const char *path,
		       const char **ret, struct error *error);

/* The line of the manifest whose Exclude= matches @path or a directory above it, or 0. */
unsigned selection_excluded(const struct selection *selection, const char *path);

/*
 * Adds @entry, whose path selection_map_path() gave, unless it is there already (the
 * first one stays) or the base has it. @what is copied, strings are not. -EEXIST where
 * the base has another file and the origin must not be dropped; -EINVAL for a path
 * outside /usr and /opt of such an origin; -EACCES and others when the contents cannot be
 * read.
 */
int selection_add(struct selection *selection, const struct entry *entry,
		  const struct shipped *what, struct error *error);

/* Notes that @path was left out; the first reason stays. Strings are borrowed. */
int selection_omit(struct selection *selection, const char *path, const char *reason,
		   struct error *error);

/* Notes that a program names @path, which nobody will have. */
int selection_mention(struct selection *selection, const char *path, const char *reason,
		      struct error *error);

/* Base and extension merged as systemd does, allocated in @arena. */
int selection_merge(const struct selection *selection, struct arena *arena,
		    struct tree **ret, struct error *error);
