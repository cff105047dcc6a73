/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/strbuf.h"
#include "sysext-verify/model/unit-parts.h"

#define WHITE_SPACE " \t\n\r"

struct parser {
	struct arena *arena;
	const char *section;
	struct unit_line *lines;
	size_t n_lines, n_allocated;
};

static int add_line(struct parser *parser, const struct unit_line *line)
{
	if (parser->n_lines == parser->n_allocated) {
		size_t n = parser->n_allocated ? 2 * parser->n_allocated : 16;
		struct unit_line *lines = arena_array(parser->arena, n, sizeof(*lines));

		if (!lines)
			return -ENOMEM;
		for (size_t i = 0; i < parser->n_lines; i++)
			lines[i] = parser->lines[i];
		parser->lines = lines;
		parser->n_allocated = n;
	}
	parser->lines[parser->n_lines++] = *line;
	return 0;
}

static char *strip(struct arena *arena, const char *text, size_t size)
{
	while (size > 0 && strchr(WHITE_SPACE, *text)) {
		text++;
		size--;
	}
	while (size > 0 && strchr(WHITE_SPACE, text[size - 1]))
		size--;
	return arena_strndup(arena, text, size);
}

/* A logical line: comments are gone, continuation lines are joined. */
static int take_line(struct parser *parser, const char *text, unsigned number)
{
	const char *equals = strchr(text, '=');
	size_t size = strlen(text);
	struct unit_line line = {.section = parser->section, .line = number};

	if (*text == '[') {
		while (size > 1 && strchr(WHITE_SPACE, text[size - 1]))
			size--;
		if (text[size - 1] == ']')
			parser->section =
				arena_strndup(parser->arena, text + 1, size - 2);
		return parser->section ? 0 : -ENOMEM;
	}
	if (!equals)
		return 0;
	line.key = strip(parser->arena, text, (size_t)(equals - text));
	line.value = strip(parser->arena, equals + 1, strlen(equals + 1));
	if (!line.key || !line.value)
		return -ENOMEM;
	return add_line(parser, &line);
}

/* An odd number of backslashes at the end of a line joins it to the next. */
static bool is_continued(const char *line, size_t size)
{
	size_t n = 0;

	while (n < size && line[size - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

static int parse(struct parser *parser, char *text)
{
	_cleanup_strbuf_ struct strbuf joined = {0};
	char *line, *rest = text;
	unsigned number = 0, start = 0;
	int r = 0;

	while (r == 0 && (line = strsep(&rest, "\n"))) {
		size_t size;
		bool continued;

		number++;
		line += strspn(line, WHITE_SPACE);
		/* A comment between continuation lines does not end them. */
		if (*line == '#' || *line == ';')
			continue;
		size = strlen(line);
		/* read_line() of systemd takes CR LF for one end of a line. */
		if (size > 0 && line[size - 1] == '\r')
			size--;
		continued = is_continued(line, size);
		if (joined.size == 0)
			start = number;
		strbuf_add(&joined, line, continued ? size - 1 : size);
		if (continued) {
			strbuf_add_char(&joined, ' ');
			continue;
		}
		if (joined.failed)
			return -ENOMEM;
		if (joined.size > 0)
			r = take_line(parser, strbuf_text(&joined), start);
		strbuf_done(&joined);
	}
	if (joined.failed)
		return -ENOMEM;
	return r == 0 && joined.size > 0 ? take_line(parser, strbuf_text(&joined), start)
					 : r;
}

int unit_parse(struct arena *arena, struct span text, struct unit_line **ret,
	       size_t *ret_n, struct error *error)
{
	struct parser parser = {.arena = arena, .section = ""};
	_cleanup_free_ char *copy = strndup((const char *)text.data, text.size);

	if (!copy || parse(&parser, copy) < 0)
		return error_memory(error);
	*ret = parser.lines;
	*ret_n = parser.n_lines;
	return 0;
}
