/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ini.h"

#include <ini.h>
#include <inttypes.h>
#include <stdio.h>

#include "formats/core/limits.h"
#include "formats/core/utf8.h"

/* Where the text is being read, and what was read of it. */
struct parser {
	struct arena *arena;
	struct span left;   /* the lines to come */
	unsigned line;      /* the one that inih has now, from 1 */
	unsigned long_line; /* the first that inih would cut, or 0 */
	struct ini *ini;
	size_t n_allocated;
	bool failed; /* out of memory */
};

/*
 * inih's reader, like fgets(3). A line that begins with white space would continue the
 * value above; here it stands for itself, so the white space is passed over.
 */
static char *read_line(char *buffer, int buffer_size, void *stream)
{
	struct parser *parser = stream;
	const uint8_t *newline;
	size_t size, skip = 0;

	if (parser->left.size == 0)
		return NULL;
	parser->line++;
	newline = memchr(parser->left.data, '\n', parser->left.size);
	size = newline ? (size_t)(newline - parser->left.data) : parser->left.size;
	while (skip < size &&
	       (parser->left.data[skip] == ' ' || parser->left.data[skip] == '\t'))
		skip++;
	if (size - skip > MIN(INI_LINE_SIZE, (size_t)buffer_size - 2) &&
	    !parser->long_line)
		parser->long_line = parser->line;
	snprintf(buffer, (size_t)buffer_size, "%.*s\n",
		 (int)MIN(size - skip, (size_t)buffer_size - 2),
		 (const char *)parser->left.data + skip);
	size += newline ? 1 : 0;
	parser->left = span_make(parser->left.data + size, parser->left.size - size);
	return buffer;
}

static int add_entry(void *user, const char *section, const char *key, const char *value)
{
	struct parser *parser = user;
	struct ini *ini = parser->ini;
	struct ini_entry *entry;

	if (ini->n_entries == parser->n_allocated) {
		size_t n = parser->n_allocated ? 2 * parser->n_allocated : 32;
		struct ini_entry *entries =
			arena_array(parser->arena, n, sizeof(*entries));

		if (!entries) {
			parser->failed = true;
			return 0;
		}
		for (size_t i = 0; i < ini->n_entries; i++)
			entries[i] = ini->entries[i];
		ini->entries = entries;
		parser->n_allocated = n;
	}
	entry = &ini->entries[ini->n_entries];
	*entry = (struct ini_entry){
		.section = arena_strdup(parser->arena, section),
		.key = arena_strdup(parser->arena, key),
		.value = arena_strdup(parser->arena, value ? value : ""),
		.line = parser->line};
	if (!entry->section || !entry->key || !entry->value) {
		parser->failed = true;
		return 0;
	}
	ini->n_entries++;
	return 1;
}

static unsigned line_of(struct span bytes, size_t at)
{
	unsigned line = 1;

	for (size_t i = 0; i < at; i++)
		line += bytes.data[i] == '\n';
	return line;
}

/* inih works on C strings and takes " ;" in a value for a comment, without a word. */
static int check_text(struct span bytes, struct error *error)
{
	const uint8_t *nul = memchr(bytes.data, 0, bytes.size);
	size_t at;

	if (nul) {
		at = (size_t)(nul - bytes.data);
		return error_bad(error, at, "line %u: has a NUL byte, expected text",
				 line_of(bytes, at));
	}
	if (!utf8_valid(bytes.data, bytes.size, &at))
		return error_bad(error, at,
				 "line %u: has byte 0x%02x, which is not valid UTF-8",
				 line_of(bytes, at), bytes.data[at]);
	return 0;
}

static bool begins_comment(const char *line)
{
	return *line == '#' || *line == ';';
}

/* "[Section]" and nothing behind it: inih would pass over that. */
static bool is_section(const char *line)
{
	size_t size = strlen(line);

	while (size > 0 && strchr(" \t\r", line[size - 1]))
		size--;
	return size > 2 && strchr(line, ']') == line + size - 1;
}

/* What inih would misread without a word. */
static bool is_good(const char *line, unsigned number, struct error *error)
{
	if (strstr(line, " ;") || strstr(line, "\t;"))
		(void)error_bad(
			error, ERROR_NO_OFFSET,
			"line %u: has ';' behind a blank, but comments must have a line "
			"of their own",
			number);
	else if (*line == '[' && !is_section(line))
		(void)error_bad(error, ERROR_NO_OFFSET,
				"line %u: expected '[Section]' with nothing behind it",
				number);
	else if (*line == '=')
		(void)error_bad(error, ERROR_NO_OFFSET,
				"line %u: expected a key before '='", number);
	else
		return true;
	return false;
}

/* @ret_good: the bytes before the first line that is refused here. */
static int check_lines(char *text, size_t *ret_good, struct error *error)
{
	unsigned number = 0;
	char *line, *rest = text;

	*ret_good = strlen(text);
	while ((line = strsep(&rest, "\n"))) {
		size_t at = (size_t)(line - text);

		number++;
		line += strspn(line, " \t");
		if (begins_comment(line) || is_good(line, number, error))
			continue;
		*ret_good = at;
		return -EBADMSG;
	}
	return 0;
}

static int parse(struct arena *arena, struct span bytes, struct ini *ret,
		 struct error *error)
{
	struct ini ini = {0};
	struct parser parser = {.arena = arena, .left = bytes, .ini = &ini};
	int bad = ini_parse_stream(read_line, &parser, add_entry, &parser);

	if (parser.failed || bad == -2)
		return error_memory(error);
	if (parser.long_line && (bad <= 0 || (unsigned)bad >= parser.long_line))
		return error_bad(error, ERROR_NO_OFFSET,
				 "line %u: is longer than %d bytes; a key may be given "
				 "several times",
				 parser.long_line, INI_LINE_SIZE);
	if (bad > 0)
		return error_bad(
			error, ERROR_NO_OFFSET,
			"line %d: expected '[Section]', 'Key=value' or a line that "
			"begins with '#'",
			bad);
	*ret = ini;
	return 0;
}

int ini_read(struct arena *arena, const struct source *source, struct ini *ret,
	     struct error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_free_ char *copy = NULL;
	struct error found = ERROR_INIT;
	struct ini ini;
	size_t size;
	int r, checked;

	r = source_read_all(source, LIMIT_MANIFEST, &bytes, &size, error);
	if (r == 0)
		r = check_text(span_make(bytes, size), error);
	if (r < 0)
		return r;
	copy = strdup((const char *)bytes);
	if (!copy)
		return error_memory(error);
	/* Whoever finds the earlier line tells it. */
	checked = check_lines(copy, &size, &found);
	r = parse(arena, span_make(bytes, size), &ini, error);
	if (r < 0)
		return r;
	if (checked < 0)
		return error_set(error, checked, "%s", found.message);
	*ret = ini;
	return 0;
}
