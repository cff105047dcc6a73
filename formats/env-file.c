/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/env-file.h"

#include <string.h>

#include "formats/core/strbuf.h"
#include "formats/core/utf8.h"

#define WHITESPACE " \t\n\r"

/* The states of parse_env_file_internal(), under systemd's own names. */
enum state {
	PRE_KEY,
	KEY,
	PRE_VALUE,
	VALUE,
	VALUE_ESCAPE,
	SINGLE_QUOTE_VALUE,
	DOUBLE_QUOTE_VALUE,
	DOUBLE_QUOTE_VALUE_ESCAPE,
	COMMENT,
	COMMENT_ESCAPE,
};

struct parser {
	struct arena *arena;
	struct env_file *file;
	size_t n_allocated;
	enum state state;
	bool comments_go_on;
	struct strbuf key, value;
	size_t last_key_space, last_value_space; /* where trailing white space began */
	unsigned line, key_line;
};

static void set_fault(struct parser *parser, enum env_file_fault fault, unsigned line)
{
	if (parser->file->faults == 0)
		parser->file->fault_line = line;
	parser->file->faults |= fault;
}

static bool is_in(char c, const char *set)
{
	return c && strchr(set, c);
}

static int push(struct parser *parser)
{
	struct env_file *file = parser->file;
	struct env_assignment *assignment;

	if (file->n_assignments == parser->n_allocated) {
		size_t n = parser->n_allocated ? parser->n_allocated * 2 : 16;
		struct env_assignment *grown =
			arena_array(parser->arena, n, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		if (file->n_assignments > 0)
			memcpy(grown, file->assignments,
			       file->n_assignments * sizeof(*grown));
		file->assignments = grown;
		parser->n_allocated = n;
	}
	if (!strbuf_ok(&parser->key) || !strbuf_ok(&parser->value))
		return -ENOMEM;
	if (!utf8_valid((const uint8_t *)strbuf_text(&parser->key), parser->key.size,
			NULL) ||
	    !utf8_valid((const uint8_t *)strbuf_text(&parser->value), parser->value.size,
			NULL))
		set_fault(parser, ENV_FILE_FAULT_UTF8, parser->key_line);
	assignment = &file->assignments[file->n_assignments];
	/* By size: the bytes of the assignment before still stand in an emptied buffer.
	 */
	assignment->key =
		arena_strndup(parser->arena, strbuf_text(&parser->key), parser->key.size);
	assignment->value = arena_strndup(parser->arena, strbuf_text(&parser->value),
					  parser->value.size);
	assignment->line = parser->key_line;
	if (!assignment->key || !assignment->value)
		return -ENOMEM;
	file->n_assignments++;
	parser->key.size = 0;
	parser->value.size = 0;
	return 0;
}

static void truncate_to(struct strbuf *buffer, size_t size)
{
	if (buffer->data && size < buffer->size) {
		buffer->size = size;
		buffer->data[size] = 0;
	}
}

static int end_value(struct parser *parser, bool strip)
{
	if (strip && parser->last_value_space != SIZE_MAX)
		truncate_to(&parser->value, parser->last_value_space);
	if (parser->last_key_space != SIZE_MAX)
		truncate_to(&parser->key, parser->last_key_space);
	parser->state = PRE_KEY;
	return push(parser);
}

static void in_key(struct parser *parser, char c)
{
	if (is_in(c, "\n\r")) {
		/* A line without '=' is dropped. */
		set_fault(parser, ENV_FILE_FAULT_NO_ASSIGNMENT, parser->key_line);
		parser->state = PRE_KEY;
		parser->key.size = 0;
	} else if (c == '=') {
		parser->state = PRE_VALUE;
		parser->last_value_space = SIZE_MAX;
	} else {
		if (!is_in(c, WHITESPACE))
			parser->last_key_space = SIZE_MAX;
		else if (parser->last_key_space == SIZE_MAX)
			parser->last_key_space = parser->key.size;
		strbuf_add_char(&parser->key, c);
	}
}

static void before_key(struct parser *parser, char c)
{
	if (is_in(c, "#;")) {
		parser->state = COMMENT;
	} else if (!is_in(c, WHITESPACE)) {
		parser->state = KEY;
		parser->key_line = parser->line;
		parser->last_key_space = SIZE_MAX;
		parser->key.size = 0;
		parser->value.size = 0;
		strbuf_add_char(&parser->key, c);
	}
}

static int before_value(struct parser *parser, char c)
{
	if (is_in(c, "\n\r"))
		return end_value(parser, false);
	if (c == '\'')
		parser->state = SINGLE_QUOTE_VALUE;
	else if (c == '"')
		parser->state = DOUBLE_QUOTE_VALUE;
	else if (c == '\\')
		parser->state = VALUE_ESCAPE;
	else if (!is_in(c, WHITESPACE)) {
		parser->state = VALUE;
		strbuf_add_char(&parser->value, c);
	}
	return 0;
}

static int in_value(struct parser *parser, char c)
{
	if (is_in(c, "\n\r"))
		return end_value(parser, true);
	if (c == '\\') {
		parser->state = VALUE_ESCAPE;
		parser->last_value_space = SIZE_MAX;
		return 0;
	}
	if (!is_in(c, WHITESPACE))
		parser->last_value_space = SIZE_MAX;
	else if (parser->last_value_space == SIZE_MAX)
		parser->last_value_space = parser->value.size;
	strbuf_add_char(&parser->value, c);
	return 0;
}

static int take(struct parser *parser, char c)
{
	switch (parser->state) {
	case PRE_KEY:
		before_key(parser, c);
		return 0;
	case KEY:
		in_key(parser, c);
		return 0;
	case PRE_VALUE:
		return before_value(parser, c);
	case VALUE:
		return in_value(parser, c);
	case VALUE_ESCAPE:
		parser->state = VALUE;
		if (!is_in(c, "\n\r"))
			strbuf_add_char(&parser->value, c);
		return 0;
	case SINGLE_QUOTE_VALUE:
		if (c == '\'')
			parser->state = PRE_VALUE;
		else
			strbuf_add_char(&parser->value, c);
		return 0;
	case DOUBLE_QUOTE_VALUE:
		if (c == '"')
			parser->state = PRE_VALUE;
		else if (c == '\\')
			parser->state = DOUBLE_QUOTE_VALUE_ESCAPE;
		else
			strbuf_add_char(&parser->value, c);
		return 0;
	case DOUBLE_QUOTE_VALUE_ESCAPE:
		parser->state = DOUBLE_QUOTE_VALUE;
		if (is_in(c, "\"\\`$")) {
			strbuf_add_char(&parser->value, c);
		} else if (c != '\n') {
			strbuf_add_char(&parser->value, '\\');
			strbuf_add_char(&parser->value, c);
		}
		return 0;
	case COMMENT:
		if (c == '\\')
			parser->state = COMMENT_ESCAPE;
		else if (is_in(c, "\n\r"))
			parser->state = PRE_KEY;
		return 0;
	default: /* COMMENT_ESCAPE */
		parser->state =
			is_in(c, "\n\r") && !parser->comments_go_on ? PRE_KEY : COMMENT;
		return 0;
	}
}

static int finish(struct parser *parser)
{
	switch (parser->state) {
	case SINGLE_QUOTE_VALUE:
	case DOUBLE_QUOTE_VALUE:
	case DOUBLE_QUOTE_VALUE_ESCAPE:
		set_fault(parser, ENV_FILE_FAULT_UNTERMINATED, parser->key_line);
		return end_value(parser, false);
	case PRE_VALUE:
	case VALUE_ESCAPE:
		return end_value(parser, false);
	case VALUE:
		return end_value(parser, true);
	case KEY:
		set_fault(parser, ENV_FILE_FAULT_NO_ASSIGNMENT, parser->key_line);
		return 0;
	default:
		return 0;
	}
}

int env_file_parse(struct arena *arena, struct span bytes, unsigned flags,
		   struct env_file *ret, struct error *error)
{
	struct env_file file = {0};
	struct parser parser = {.arena = arena,
				.file = &file,
				.line = 1,
				.comments_go_on = flags & ENV_FILE_COMMENTS_GO_ON};
	int r = 0;

	for (size_t i = 0; i < bytes.size && r == 0; i++) {
		char c = (char)bytes.data[i];

		if (c == 0) {
			set_fault(&parser, ENV_FILE_FAULT_NUL, parser.line);
			break;
		}
		r = take(&parser, c);
		if (c == '\n')
			parser.line++;
	}
	if (r == 0)
		r = finish(&parser);
	strbuf_done(&parser.key);
	strbuf_done(&parser.value);
	if (r < 0)
		return error_memory(error);
	*ret = file;
	return 0;
}

bool env_file_unusable(const struct env_file *file)
{
	return file->faults & (ENV_FILE_FAULT_NUL | ENV_FILE_FAULT_UTF8);
}

const struct env_assignment *env_file_find(const struct env_file *file, const char *key)
{
	for (size_t i = file->n_assignments; i > 0; i--)
		if (strcmp(file->assignments[i - 1].key, key) == 0)
			return &file->assignments[i - 1];
	return NULL;
}

const char *env_file_get(const struct env_file *file, const char *key)
{
	const struct env_assignment *assignment = env_file_find(file, key);

	return assignment ? assignment->value : NULL;
}

bool env_list_has(const char *list, const char *word)
{
	size_t size = strlen(word);

	while (list && *list) {
		size_t n;

		list += strspn(list, WHITESPACE);
		n = strcspn(list, WHITESPACE);
		if (n == size && n > 0 && memcmp(list, word, n) == 0)
			return true;
		list += n;
	}
	return false;
}
