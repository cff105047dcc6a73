/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of units_read() that have a file of their own; nobody else calls them. */

#include "sysext-verify/model/units.h"

/* The node in a unit directory called @name, links not followed; NULL if there is none.
 */
const struct node *unit_find(const struct tree *tree, const char *name);

/* Whether @node stands directly in a unit directory. */
bool unit_is_file(const struct node *node);

/* Whether @name ends like a unit: "x.service". */
bool unit_name_is_valid(const char *name);

/*
 * The lines of a unit of this name and of its drop-ins, in @tree->arena. A unit that is
 * not there, or cannot be read, has none. -ENOMEM.
 */
int unit_read(const struct tree *tree, const char *name, struct unit_line **ret,
	      size_t *ret_n, struct error *error);

/* What units depend on: each word of each line @key in section Unit; calls @found for it.
 */
int unit_foreach_word(const struct unit_line *lines, size_t n_lines, const char *section,
		      const char *key, int (*found)(void *context, const char *word),
		      void *context);

enum unit_reach {
	UNIT_REACH_NEVER,
	UNIT_REACH_EARLY, /* perhaps before the merge */
	UNIT_REACH_LATE,  /* after the merge */
};

struct unit_reached; /* the units that the base starts by itself, made once */
int unit_reached_new(const struct tree *merged, struct unit_reached **ret,
		     struct error *error);
void unit_reached_free(struct unit_reached *reached);
DEFINE_CLEANUP(struct unit_reached *, unit_reached_free);
enum unit_reach unit_reached_get(const struct unit_reached *reached, const char *name);

/* Sets start and started_by of every unit, and n_started. */
int unit_find_starts(const struct tree *merged, const struct release *const *releases,
		     size_t n_releases, unsigned systemd_version, struct units *units,
		     struct error *error);
