/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/cli/opts.h"

#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 22

static const struct option_row *find_long(const struct command *command, const char *name,
					  size_t size)
{
	for (size_t i = 0; i < command->n_rows; i++)
		if (strlen(command->rows[i].name) == size &&
		    memcmp(command->rows[i].name, name, size) == 0)
			return &command->rows[i];
	return NULL;
}

static const struct option_row *find_letter(const struct command *command, char letter)
{
	for (size_t i = 0; i < command->n_rows; i++)
		if (command->rows[i].letter == letter && letter)
			return &command->rows[i];
	return NULL;
}

int option_list_add(struct option_list *list, const char *value)
{
	const char **items = reallocarray(list->items, list->n_items + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->n_items++] = value;
	return 0;
}

void option_list_done(struct option_list *list)
{
	free(list->items);
	*list = (struct option_list){0};
}

static int set_option(const struct option_row *row, const char *value, void *context,
		      struct error *error)
{
	void *target = (char *)context + row->at;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)target = true;
		break;
	case OPTION_TEXT:
		*(const char **)target = value;
		break;
	case OPTION_LIST:
		return option_list_add(target, value) < 0 ? error_memory(error) : 0;
	case OPTION_PARSE:
		return row->parse(target, row, value, error);
	}
	return 0;
}

/* "--name=value", "--name value" and "-x"; *@at is the word, and goes on to its value. */
static int parse_option(const struct command *command, int argc, char *const *argv,
			int *at, void *context, struct error *error)
{
	const char *word = argv[*at], *value = NULL;
	const struct option_row *row;

	if (word[1] == '-') {
		size_t size = strcspn(word + 2, "=");

		row = find_long(command, word + 2, size);
		if (word[2 + size] == '=')
			value = word + 2 + size + 1;
	} else {
		row = word[2] ? NULL : find_letter(command, word[1]);
	}
	if (!row)
		return error_set(error, -EINVAL, "unknown option '%s'; see --help", word);
	if (!row->argument && value)
		return error_set(error, -EINVAL, "--%s takes no value, but has '%s'",
				 row->name, value);
	if (row->argument && !value) {
		if (*at + 1 >= argc)
			return error_set(error, -EINVAL, "--%s needs a value: --%s=%s",
					 row->name, row->name, row->argument);
		value = argv[++*at];
	}
	return set_option(row, value, context, error);
}

int options_parse(const struct command *command, int argc, char *const *argv,
		  void *context, struct error *error)
{
	bool only_words = false;

	for (int i = 1; i < argc; i++) {
		int r;

		if (!only_words && strcmp(argv[i], "--") == 0) {
			only_words = true;
			continue;
		}
		if (!only_words && argv[i][0] == '-' && argv[i][1])
			r = parse_option(command, argc, argv, &i, context, error);
		else
			r = command->add(context, argv[i], error);
		if (r < 0)
			return r;
	}
	return 0;
}

static void print_row(const struct option_row *row, FILE *out)
{
	char left[64];
	int size;

	if (row->letter)
		size = snprintf(left, sizeof(left), "-%c, --%s", row->letter, row->name);
	else
		size = snprintf(left, sizeof(left), "--%s%s%s", row->name,
				row->argument ? "=" : "",
				row->argument ? row->argument : "");
	fprintf(out, "  %-*s", HELP_COLUMN, left);
	if (size >= HELP_COLUMN)
		fprintf(out, "\n  %*s", HELP_COLUMN, "");
	for (const char *c = row->help; *c; c++) {
		fputc(*c, out);
		if (*c == '\n')
			fprintf(out, "  %*s", HELP_COLUMN, "");
	}
	fputc('\n', out);
}

void options_print_help(const struct command *command, FILE *out)
{
	fprintf(out, "Usage: %s %s\n\n%s\n\nOptions:\n", command->name, command->usage,
		command->summary);
	for (size_t i = 0; i < command->n_rows; i++)
		print_row(&command->rows[i], out);
	fprintf(out, "\nExample:\n%s", command->example);
}

int options_bad_value(const struct option_row *row, const char *value,
		      const char *expected, struct error *error)
{
	return error_set(error, -EINVAL, "--%s is '%s', expected %s", row->name, value,
			 expected);
}
