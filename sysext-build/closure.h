/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where the donor has what the resolver misses. Used by resolve() alone. */

#include "sysext-build/donor.h"
#include "sysext-verify/model/objects.h"

/*
 * The path in the donor at which ld.so of the base would find the library of @need, in
 * the order of ld.so(8), if the donor has it for the machine of the one who needs it;
 * NULL otherwise.
 * @ret_looked_in names the directories, for messages. Both in @arena.
 */
int closure_find_library(struct arena *arena, struct donor *donor,
			 const struct tree *merged, const struct need *need,
			 const char **ret, const char **ret_looked_in,
			 struct error *error);

/* The path in the donor of a program of an Exec line, which may be a bare name; or NULL.
 */
int closure_find_program(struct arena *arena, struct donor *donor, const char *program,
			 const char **ret, struct error *error);

/*
 * Adds the helpers of a program: executable files below usr/lib or usr/libexec whose path
 * stands in it, and that belong to its package or lie in a directory of its package.
 * Programs in bin directories that it names, and nobody has, are only mentioned.
 */
int closure_add_helpers(struct donor *donor, struct selection *selection,
			const struct tree *merged, const struct shipped *program,
			struct error *error);
