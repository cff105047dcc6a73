/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Command lines: one table a program, from which parsing, --help and the test of the
 * manual come.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "formats/core/error.h"

/* What an option does with its value; where: in the context of options_parse(). */
enum option_kind {
	OPTION_FLAG,  /* bool: becomes true */
	OPTION_TEXT,  /* const char *: becomes the value; the last one counts */
	OPTION_LIST,  /* struct option_list: gets the value, may be repeated */
	OPTION_PARSE, /* what row->parse() makes of the value */
};

/* Values of an option that may be repeated, borrowed, in their order. */
struct option_list {
	const char **items; /* from malloc() */
	size_t n_items;
};

int option_list_add(struct option_list *list, const char *value);
void option_list_done(struct option_list *list);

struct option_row {
	const char *name;     /* "base", without dashes */
	char letter;          /* 'h', or 0 */
	const char *argument; /* "PATH", or NULL if it takes none */
	const char *help; /* what it does; lines after the first begin after a newline */
	enum option_kind kind;
	size_t at; /* offset of what it sets */

	/*
	 * With OPTION_PARSE: fills @target, or returns options_bad_value(). Only then.
	 */
	int (*parse)(void *target, const struct option_row *row, const char *value,
		     struct error *error);
};

/* For rows: what they set, as a field of the context. */
#define OPTION_SETS(kind_, context, field) .kind = (kind_), .at = offsetof(context, field)

struct command {
	const char *name;    /* "sysext-verify" */
	const char *summary; /* one line */
	const char *usage;   /* what follows the name, one line */
	const char *example; /* lines */
	const struct option_row *rows;
	size_t n_rows;

	/* Called for each other word; 0, or a negative errno with words. */
	int (*add)(void *context, const char *word, struct error *error);
};

/*
 * -EINVAL with words for an unknown option, a missing or superfluous value; what the
 * callbacks returned; -ENOMEM. @context is the struct that the rows' offsets are of.
 * Options and words may be mixed; "--" ends the options.
 */
int options_parse(const struct command *command, int argc, char *const *argv,
		  void *context, struct error *error);

void options_print_help(const struct command *command, FILE *out);

/* "--fail-on is 'x', expected a, b or c": for values from a list. Returns -EINVAL. */
int options_bad_value(const struct option_row *row, const char *value,
		      const char *expected, struct error *error);
