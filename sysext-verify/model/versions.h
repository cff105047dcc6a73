/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which entry of a versioned directory (NAME.raw.v/) systemd takes.
 *
 * Specification: shared/vpick.c, make_choice(), of systemd 257 and 262. They differ in
 * the characters of a version, and in what an entry of another type than the wanted one
 * does: in 257 it may win and end the search, in 262 it is passed over.
 */

#include <stdbool.h>
#include <stddef.h>

enum version_type {
	VERSION_FILE, /* or a block device */
	VERSION_DIRECTORY,
	VERSION_OTHER,
	VERSION_GONE, /* a link that leads nowhere */
};

struct version_entry {
	const char *name;
	enum version_type type; /* of what a link leads to */
};

enum version_rules {
	VERSION_RULES_257,
	VERSION_RULES_262,
	N_VERSION_RULES,
};

/* Entries are named NAME_VERSION[_ARCHITECTURE][+LEFT[-DONE]]SUFFIX. */
struct version_pattern {
	const char *name;
	const char *suffix;       /* ".sysext.raw", ".raw", ".sysext" or "" */
	const char *architecture; /* of the base, as systemd names it; NULL: not known */
	enum version_rules rules;
};

enum version_answer {
	VERSION_NONE, /* no entry fits */
	VERSION_FOUND,
	VERSION_FAILED, /* an entry ends the search: systemd passes over the directory */
};

struct version_choice {
	enum version_answer answer;
	const struct version_entry *entry; /* found, or what ends the search; or NULL */

	/* An entry is for an architecture, and that of the base is not known. */
	bool needs_architecture;
};

struct version_choice version_choose(const struct version_entry *entries, size_t n,
				     const struct version_pattern *pattern);

/* Whether the suffix is one of images; the others are of directories. */
bool version_suffix_is_raw(const char *suffix);
