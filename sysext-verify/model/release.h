/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What an os-release or extension-release file says, and systemd's decision whether they
 * fit.
 *
 * Specification: os-release(5), systemd-sysext(8); the decision is that of systemd's
 * shared/extension-util.c, extension_release_validate(), equal in 252 to 262 but for
 * ID_LIKE, which is there since 257.
 */

#include "formats/env-file.h"

enum extension_class { EXTENSION_SYSEXT, EXTENSION_CONFEXT };

struct release {
	const char *path; /* in its tree, for messages */
	struct env_file file;
	const char *id, *id_like, *version_id, *level, *scope,
		*architecture; /* NULL: not set */
	const char *reload_manager, *restart_units, *reload_or_restart_units;
};

/* How systemd of this version reads release files: enum env_file_flag. */
unsigned release_flags(unsigned systemd_version);

/*
 * Parses @bytes, found at @path, as systemd of this version does. Allocated in @arena;
 * @path is kept. -ENOMEM.
 */
int release_parse(struct arena *arena, const char *path, struct span bytes,
		  enum extension_class class, unsigned systemd_version,
		  const struct release **ret, struct error *error);

/* Takes the keys of @class out of @file: SYSEXT_LEVEL and SYSEXT_SCOPE, or CONFEXT_... */
void release_fill(struct release *release, enum extension_class class);

/* The rows of the decision, in the order in which systemd asks. */
enum release_answer {
	RELEASE_ACCEPTED,
	RELEASE_EMPTY, /* no key at all */
	RELEASE_SCOPE, /* the scope does not contain what is wanted */
	RELEASE_ARCHITECTURE,
	RELEASE_NO_ID,
	RELEASE_ID,
	RELEASE_LEVEL,         /* both have a level, and they differ */
	RELEASE_NO_VERSION_ID, /* the base has one, the extension has none */
	RELEASE_VERSION_ID,
};

struct release_host {
	const struct release *os_release;
	const char *architecture; /* systemd's name: "x86-64" */
	const char *scope;        /* "initrd" or "system" */
	bool id_like;             /* whether this version looks at ID_LIKE */
};

enum release_answer release_validate(const struct release *extension,
				     const struct release_host *host);

/* systemd's parse_boolean(): 1, 0, or -1 if it is neither; NULL is -1. */
int release_boolean(const char *value);
