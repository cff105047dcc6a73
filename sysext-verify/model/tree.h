/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A file tree in memory: what an initrd unpacks to, what an image holds, what systemd
 * merges.
 *
 * Nodes live in an arena and never move. The rules of replacement are those of the
 * kernel's initrd unpacking (init/initramfs.c, do_name(), clean_path(), 6.12): parents
 * are followed through links, a file takes the place of an empty directory and of all
 * else but a file, which is written over, with all of its names; a directory that exists
 * keeps its contents, a device node its numbers; an entry without a parent is lost.
 */

#include "formats/core/arena.h"
#include "formats/core/map.h"
#include "formats/elfinfo.h"
#include "formats/entry.h"
#include "sysext-verify/model/node-map.h"

struct node_facts;

struct node {
	struct entry entry;  /* path and all else in the arena; content is a reference */
	const char *name;    /* last component, points into entry.path */
	struct node *parent; /* NULL for the root */
	struct node *children; /* in order of arrival; tree_sort() sorts by name */
	struct node *last_child;
	struct node *previous, *next; /* siblings */
	/* A ring of the names of one file that entry.link made, or NULL. */
	struct node *same, *same_before;
	bool is_elf;              /* it begins with the ELF magic */
	struct elfinfo *elf;      /* NULL if it is none or is broken; see elf_error */
	struct error *elf_error;  /* why elf is NULL although is_elf */
	struct error *read_error; /* why its first bytes could not be read, or NULL */
	char *interpreter; /* of a script: the text between "#!" and the first blank */
	struct node_facts *facts; /* see facts.h; NULL: whatever is there is to be read */
	unsigned base_layer; /* in a base's tree: which of its layers it comes from */

	/* In a merged tree only: */
	unsigned layer; /* who provides it: 0 the base, 1 the lowest extension, ... */
	const struct node *origin; /* the node in the tree of that layer */
	const struct node *hides; /* the node of the lower layers that is gone, or NULL */
	unsigned below;           /* the layer of what it hides */
};

struct tree {
	struct arena *arena;    /* borrowed */
	struct node_map *nodes; /* all but the root */
	struct node *root;
	size_t n_nodes;
	unsigned env_flags; /* enum env_file_flag: how its own systemd reads os-release */
	uint64_t n_added;   /* also those that another has replaced since */
	uint64_t n_shared;  /* names that changed with another of the same file */
	uint64_t paths_size; /* bytes of all their paths and targets */
	size_t n_lost;       /* entries that the kernel could not have created */
	const char *first_lost;
	struct source **contents; /* references to drop */
	size_t n_contents, n_contents_allocated;
	uint64_t contents_size; /* bytes of those that a stream gave */
};

#define FOREACH_CHILD(variable, directory)                            \
	for (struct node *variable = (directory)->children; variable; \
	     variable = variable->next)

/*
 * Everything but the references to contents comes from @arena, which must outlive the
 * tree.
 */
int tree_new(struct arena *arena, struct tree **ret, struct error *error);
void tree_free(struct tree *tree);
DEFINE_CLEANUP(struct tree *, tree_free);

/*
 * Adds a copy of @entry. @ret_node (may be NULL) gets its node, or NULL if the entry is
 * lost. -E2BIG over LIMIT_TREE_ENTRIES or LIMIT_IMAGE_NAMES, replaced entries included;
 * -ENOMEM.
 */
int tree_add(struct tree *tree, const struct entry *entry, struct node **ret_node,
	     struct error *error);

/*
 * Gives all names of the file at @node what is known of it. -E2BIG over
 * LIMIT_TREE_SHARED.
 */
int tree_share(struct tree *tree, const struct node *node, struct error *error);

/* Removes a node and all below it from the tree. */
void tree_remove(struct tree *tree, struct node *node);

/* Sorts each directory by name (strcmp). */
void tree_sort(struct tree *tree);

/* The node at exactly this path, links not followed; NULL if there is none. */
struct node *tree_get(const struct tree *tree, const char *path);

/*
 * The node that @path (with or without leading slashes, ".." allowed) leads to when every
 * link is followed inside the tree, as systemd's chase() and a process with this root do.
 * NULL: nothing there, a loop, or a file where a directory is needed; @ret_missing (may
 * be NULL) then gets the path, in the arena, at which the way ended.
 */
struct node *tree_chase(const struct tree *tree, const char *path,
			const char **ret_missing);

/* The same, but a link in the last component is not followed. */
struct node *tree_chase_link(const struct tree *tree, const char *path);

/* The next node in the order parents first, or NULL after the last. */
struct node *tree_next(const struct tree *tree, const struct node *node);
#define TREE_FOREACH(variable, tree)                         \
	for (struct node *variable = (tree)->root; variable; \
	     variable = tree_next(tree, variable))

/*
 * A visitor that fills a tree: keeps the contents of files that somebody may ask for (see
 * tree_keeps()), reads the facts of ELF files and scripts and lets their contents go,
 * digests every file. -E2BIG over LIMIT_TREE_CONTENTS, unless it is lazy. The
 * context holds the state and must outlive the reader's call.
 */
struct tree_builder {
	struct tree *tree;
	bool symbols; /* of ELF files, too */
	bool lazy;    /* contents cost nothing until they are read: keep all of them */
	const char *below;   /* the directory of the tree that gets everything; NULL: the
				root */
	unsigned base_layer; /* see struct node */
	uint64_t elf_limit;  /* bytes of an ELF file that is read; 0: LIMIT_ELF_FILE */
	bool large_elf;      /* the last file that was asked for is one, and larger */
};
/* Whether somebody may ask for the contents of a file of a base with this path. */
bool tree_keeps(const char *path);

struct entry_visitor tree_builder_visitor(struct tree_builder *builder);

/*
 * The whole contents of a node that were kept, NUL-terminated, in the tree's arena.
 * -ENODATA.
 */
int node_read(const struct tree *tree, const struct node *node, struct span *ret,
	      struct error *error);

/* SHA-256 of a file's contents, made when it is first asked for. */
int node_digest(struct node *node, uint8_t ret[DIGEST_SHA256_SIZE], struct error *error);
