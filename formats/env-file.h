/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Assignments as os-release and extension-release files have them, parsed as systemd
 * does: basic/env-file.c, parse_env_file_internal() and load_env_file_push_pairs(), 252
 * to 262.
 */

#include "formats/core/arena.h"
#include "formats/core/error.h"

enum env_file_fault {
	ENV_FILE_FAULT_NUL = 1 << 0,  /* systemd refuses the file */
	ENV_FILE_FAULT_UTF8 = 1 << 1, /* systemd refuses the file */
	ENV_FILE_FAULT_UNTERMINATED =
		1 << 2, /* a quote that swallows the rest of the file */
	ENV_FILE_FAULT_NO_ASSIGNMENT = 1 << 3, /* a line without '=', dropped */
};

struct env_assignment {
	const char *key;   /* white space around it removed; not checked otherwise */
	const char *value; /* unquoted and unescaped */
	unsigned line;     /* from 1, of the key */
};

struct env_file {
	struct env_assignment
		*assignments; /* in the order of the file, duplicates included */
	size_t n_assignments;
	unsigned faults;     /* enum env_file_fault */
	unsigned fault_line; /* of the first fault; 0: none */
};

enum env_file_flag {
	/* A comment that ends in a backslash goes on in the next line: before 254. */
	ENV_FILE_COMMENTS_GO_ON = 1 << 0,
};

/*
 * @flags are enum env_file_flag. Everything is allocated in @arena. -ENOMEM only:
 * whatever the bytes are, they are an answer.
 */
int env_file_parse(struct arena *arena, struct span bytes, unsigned flags,
		   struct env_file *ret, struct error *error);

/* Whether systemd refuses to use the file at all. */
bool env_file_unusable(const struct env_file *file);

/* The last assignment of @key, or NULL. */
const struct env_assignment *env_file_find(const struct env_file *file, const char *key);

/* Its value, or NULL. */
const char *env_file_get(const struct env_file *file, const char *key);

/* Whether @word is one of the words, separated by white space, of @list. NULL is empty.
 */
bool env_list_has(const char *list, const char *word);
