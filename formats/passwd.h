/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Users and groups as the files of /etc name them. Password hashes are looked at and
 * never kept.
 *
 * Specification: passwd(5), group(5), shadow(5); what glibc 2.41 takes: nss_files and
 * fgetpwent_r.c, fgetgrent_r.c, sgetspent_r.c. Empty lines, comments, lines with too few
 * fields or with an id that is no number, and those of the compat service ('+', '-') are
 * left out, as there.
 */

#include "formats/core/arena.h"
#include "formats/core/error.h"

enum passwd_state {
	PASSWD_SHADOW, /* "x": /etc/shadow says it */
	PASSWD_LOCKED, /* no password fits: it begins with '!' or '*' */
	PASSWD_NONE,   /* empty: none is asked for */
	PASSWD_SET,
};

struct passwd_user {
	const char *name, *home, *shell;
	uint32_t uid, gid;
	enum passwd_state state;
};

struct passwd_group {
	const char *name;
	uint32_t gid;
	const char *members; /* with commas, as written */
};

/* A line of /etc/shadow. */
struct passwd_shadow {
	const char *name;
	enum passwd_state state;
};

struct passwd_users {
	struct passwd_user *users;
	size_t n_users;
};

struct passwd_groups {
	struct passwd_group *groups;
	size_t n_groups;
};

struct passwd_shadows {
	struct passwd_shadow *shadows;
	size_t n_shadows;
};

/* Everything in @arena, in the order of the file. -ENOMEM only. */
int passwd_read_users(struct arena *arena, struct span text, struct passwd_users *ret,
		      struct error *error);
int passwd_read_groups(struct arena *arena, struct span text, struct passwd_groups *ret,
		       struct error *error);
int passwd_read_shadows(struct arena *arena, struct span text, struct passwd_shadows *ret,
			struct error *error);
