/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Manifests: sections, keys and values with their line numbers, through inih. One file
 * includes that library. Keys may repeat; order is kept. Comments are whole lines that
 * begin with # or ;. A value may not be continued, and no line may be longer than
 * INI_LINE_SIZE: inih cuts there.
 */

#include "formats/core/arena.h"
#include "formats/core/source.h"

#define INI_LINE_SIZE 196 /* bytes of a line, without its end */

struct ini_entry {
	const char *section, *key, *value; /* white space around them removed */
	unsigned line;                     /* from 1 */
};

struct ini {
	struct ini_entry *entries;
	size_t n_entries;
};

/*
 * -EBADMSG "line N: ..." for a line that is none of section, assignment, comment; for one
 * that is too long; for a NUL byte and invalid UTF-8. -E2BIG over LIMIT_MANIFEST.
 * -ENOMEM.
 */
int ini_read(struct arena *arena, const struct source *source, struct ini *ret,
	     struct error *error);
