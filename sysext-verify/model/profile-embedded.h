/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The profiles of examples/bases/, which are part of the program: a base by its name, on
 * a machine that has none. The table is made by embedded.py when the program is built.
 */

#include <stddef.h>

struct embedded_profile {
	const char *name; /* "debian-13-dracut" */
	const char *data;
	size_t size; /* bytes */
};

extern const struct embedded_profile embedded_profiles[];
extern const size_t n_embedded_profiles;

/*
 * NULL if @path is no such name, or if a file of this name is there: a file always wins,
 * and a path with a slash is always one.
 */
const struct embedded_profile *embedded_profile_find(const char *path);
