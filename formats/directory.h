/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A directory of the running system as a tree: the root of an unpacked base, a donor, the
 * files of a manifest. Sorted by name at each level, so that two walks are equal; file
 * systems mounted below are entered, links are never followed, and nothing above the root
 * is ever opened, whatever the links say (openat2(2) semantics: RESOLVE_IN_ROOT).
 */

#include "formats/entry.h"

/*
 * Gives all entries below @path, the root ("") first. Contents are opened when they are
 * read. Directories that may not be read are an error: -EACCES with the path in the
 * words. -E2BIG for a path over LIMIT_PATH_SIZE.
 */
int directory_read(const char *path, const struct entry_visitor *visitor,
		   struct error *error);

/*
 * Opens the root of a tree for single look-ups: a whole donor is never walked. Paths are
 * relative to the root and links are followed inside it, absolute targets from the root.
 */
struct directory;

int directory_open(const char *path, struct directory **ret, struct error *error);
void directory_free(struct directory *directory);
DEFINE_CLEANUP(struct directory *, directory_free);

/*
 * The entry at @path itself: a link in its last component is not followed. The entry and
 * all it points to are allocated by one malloc() and released by directory_entry_free(),
 * which drops the reference to its content. -ENODATA if nothing is there.
 */
int directory_lookup(const struct directory *directory, const char *path,
		     struct entry **ret, struct error *error);
void directory_entry_free(struct entry *entry);
DEFINE_CLEANUP(struct entry *, directory_entry_free);

/*
 * The path, in the same root and without any link in it, that @path leads to; from
 * malloc(). -ENODATA if nothing is there, -ELOOP after LIMIT_LINKS links.
 */
int directory_resolve(const struct directory *directory, const char *path, char **ret,
		      struct error *error);

/* Names in the directory at @path, sorted, from malloc(): one block, NULL-terminated. */
int directory_list(const struct directory *directory, const char *path, char ***ret,
		   struct error *error);
