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

struct option_row {
	const char *name;     /* "base", without dashes */
	char letter;          /* 'h', or 0 */
	const char *argument; /* "PATH", or NULL if it takes none */
	const char *help; /* what it does; lines after the first begin after a newline */
};

struct command {
	const char *name;    /* "sysext-verify" */
	const char *summary; /* one line */
	const char *usage;   /* what follows the name, one line */
	const char *example; /* lines */
	const struct option_row *rows;
	size_t n_rows;

	/* Called for each option; 0, or a negative errno with words. */
	int (*set)(void *context, const struct option_row *row, const char *value,
		   struct error *error);
	/* Called for each other word. */
	int (*add)(void *context, const char *word, struct error *error);
};

/*
 * -EINVAL with words for an unknown option, a missing or superfluous value; what the
 * callbacks returned. Options and words may be mixed; "--" ends the options.
 */
int options_parse(const struct command *command, int argc, char *const *argv,
		  void *context, struct error *error);

void options_print_help(const struct command *command, FILE *out);

/* "--fail-on is 'x', expected a, b or c": for values from a list. Returns -EINVAL. */
int options_bad_value(const struct option_row *row, const char *value,
		      const char *expected, struct error *error);
