/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/record.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "formats/core/digest.h"

/* A record is a json_t under another name, so that no caller needs the library. */
struct record_document {
	json_t *root;
};

static const json_t *native(const struct record *record)
{
	return (const json_t *)record;
}

/*
 * The library allocates up to 250 bytes for a value of two or three: they are counted
 * before it sees them.
 */
static int check_size(struct span text, size_t max_values, size_t max_depth,
		      struct error *error)
{
	size_t n_values = 0, depth = 0;
	bool inside = false; /* of a string */

	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if (inside && c == '\\')
			i++;
		else if (c == '"')
			inside = !inside;
		if (inside)
			continue;
		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && depth > 0)
			depth--;
		n_values += c == '[' || c == '{' || c == ',';
		if (depth > max_depth)
			return error_set_at(error, -E2BIG, i,
					    "nests values more than %zu deep", max_depth);
		if (n_values > max_values)
			return error_set_at(error, -E2BIG, i, "has more than %zu values",
					    max_values);
	}
	return 0;
}

int record_parse(struct span text, size_t max_values, size_t max_depth,
		 struct record_document **ret, struct error *error)
{
	_cleanup_(record_document_freep) struct record_document *document =
		calloc(1, sizeof(*document));
	json_error_t why;
	int r;

	if (!document)
		return error_memory(error);
	r = check_size(text, max_values, max_depth, error);
	if (r < 0)
		return r;
	document->root = json_loadb((const char *)text.data, text.size,
				    JSON_REJECT_DUPLICATES, &why);
	if (!document->root && json_error_code(&why) == json_error_out_of_memory)
		return error_memory(error);
	if (!document->root)
		return error_bad(error, (uint64_t)MAX(why.position, 0), "is not JSON: %s",
				 why.text);
	if (!json_is_object(document->root))
		return error_bad(error, 0, "is not a JSON object");
	*ret = TAKE_PTR(document);
	return 0;
}

void record_document_free(struct record_document *document)
{
	if (!document)
		return;
	json_decref(document->root);
	free(document);
}

const struct record *record_root(const struct record_document *document)
{
	return (const struct record *)document->root;
}

/* Reads "\xNN" at @at, which begins with the backslash. */
static bool read_escape(const char *at, const char *end, char *ret)
{
	uint8_t byte;
	char hex[3] = {0};

	if (end - at < 4 || at[1] != 'x')
		return false;
	memcpy(hex, at + 2, 2);
	if (!hex_decode(hex, &byte, 1) || byte == 0)
		return false;
	*ret = (char)byte;
	return true;
}

static int unescape(struct arena *arena, const char *text, size_t size, const char **ret,
		    struct error *error)
{
	const char *end = text + size;
	char *copy = arena_alloc(arena, size + 1), *to = copy;

	if (!copy)
		return error_memory(error);
	while (text < end) {
		if (*text != '\\') {
			*to++ = *text++;
			continue;
		}
		if (!read_escape(text, end, to++))
			return error_bad(error, ERROR_NO_OFFSET,
					 "has a backslash that no 'xNN' follows");
		text += 4;
	}
	*ret = copy;
	return 0;
}

static int read_word(struct arena *arena, const char *at, size_t size,
		     struct record_word *ret, struct error *error)
{
	if (*at == '!') {
		ret->mark = true;
		at++;
		size--;
	}
	/* An empty word. */
	if (size == 2 && memcmp(at, "\\x", 2) == 0)
		size = 0;
	else if (size == 0)
		return error_bad(error, ERROR_NO_OFFSET, "has an empty word");
	return unescape(arena, at, size, &ret->text, error);
}

static int read_words(struct arena *arena, const json_t *value, struct record_words *ret,
		      struct error *error)
{
	const char *at = json_string_value(value);
	size_t left = json_string_length(value), n = left > 0;

	for (size_t i = 0; i < left; i++)
		n += at[i] == ' ';
	ret->words = arena_array(arena, n + 1, sizeof(*ret->words));
	if (!ret->words)
		return error_memory(error);
	while (n > 0) {
		const char *blank = memchr(at, ' ', left);
		size_t size = blank ? (size_t)(blank - at) : left;
		int r;

		if (size == 0)
			return error_bad(error, ERROR_NO_OFFSET, "has an empty word");
		r = read_word(arena, at, size, &ret->words[ret->n_words++], error);
		if (r < 0 || !blank)
			return r;
		at += size + 1;
		left -= size + 1;
	}
	return 0;
}

static int read_bytes(struct arena *arena, const json_t *value, struct span *ret,
		      struct error *error)
{
	size_t size = json_string_length(value) / 2;
	uint8_t *bytes = arena_alloc(arena, size + 1);

	if (!bytes)
		return error_memory(error);
	if (!hex_decode(json_string_value(value), bytes, size))
		return error_bad(error, ERROR_NO_OFFSET,
				 "is not an even number of hexadecimal digits");
	*ret = span_make(bytes, size);
	return 0;
}

static int read_number(const json_t *value, uint64_t limit, uint64_t *ret,
		       struct error *error)
{
	json_int_t number = json_integer_value(value);

	if (number < 0 || (uint64_t)number > limit)
		return error_bad(error, ERROR_NO_OFFSET,
				 "is %" JSON_INTEGER_FORMAT ", must be 0 to %" PRIu64,
				 number, limit);
	*ret = (uint64_t)number;
	return 0;
}

static const struct {
	json_type native;
	const char *name;
} types[] = {
	[RECORD_TEXT] = {JSON_STRING, "a string"},
	[RECORD_NUMBER] = {JSON_INTEGER, "an integer"},
	[RECORD_TRUE] = {JSON_TRUE, "true"},
	[RECORD_BYTES] = {JSON_STRING, "a string"},
	[RECORD_WORDS] = {JSON_STRING, "a string"},
	[RECORD_OBJECT] = {JSON_OBJECT, "an object"},
	[RECORD_ARRAY] = {JSON_ARRAY, "an array"},
};

static int read_value(const json_t *value, const struct record_field *field,
		      struct arena *arena, void *to, struct error *error)
{
	if (json_typeof(value) != types[field->type].native)
		return error_bad(error, ERROR_NO_OFFSET, "is not %s",
				 types[field->type].name);
	switch (field->type) {
	case RECORD_TEXT:
		return unescape(arena, json_string_value(value),
				json_string_length(value), to, error);
	case RECORD_NUMBER:
		return read_number(value, field->limit, to, error);
	case RECORD_TRUE:
		*(bool *)to = true;
		return 0;
	case RECORD_BYTES:
		return read_bytes(arena, value, to, error);
	case RECORD_WORDS:
		return read_words(arena, value, to, error);
	case RECORD_OBJECT:
	case RECORD_ARRAY:
		*(const struct record **)to = (const struct record *)value;
		return 0;
	}
	return 0;
}

static const struct record_field *find_field(const struct record_field *fields,
					     size_t n_fields, const char *name)
{
	for (size_t i = 0; i < n_fields; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

static int read_members(json_t *object, const struct record_field *fields,
			size_t n_fields, struct arena *arena, void *target,
			struct error *error)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		const struct record_field *field = find_field(fields, n_fields, name);
		int r;

		if (!field)
			return error_bad(error, ERROR_NO_OFFSET, "has a member '%.64s'",
					 name);
		r = read_value(value, field, arena, (uint8_t *)target + field->offset,
			       error);
		if (r < 0)
			return error_wrap(error, r, "member '%s'", name);
	}
	return 0;
}

int record_read(const struct record *object, const struct record_field *fields,
		size_t n_fields, struct arena *arena, void *target, struct error *error)
{
	if (!json_is_object(native(object)))
		return error_bad(error, ERROR_NO_OFFSET, "is not an object");
	for (size_t i = 0; i < n_fields; i++)
		if (fields[i].required &&
		    !json_object_get(native(object), fields[i].name))
			return error_bad(error, ERROR_NO_OFFSET, "has no member '%s'",
					 fields[i].name);
	/* The library iterates over what it may change only; nothing is changed. */
	return read_members((json_t *)object, fields, n_fields, arena, target, error);
}

size_t record_size(const struct record *array)
{
	return json_array_size(native(array));
}

const struct record *record_at(const struct record *array, size_t at)
{
	return (const struct record *)json_array_get(native(array), at);
}

bool record_peek_number(const struct record *object, const char *name, uint64_t *ret)
{
	const json_t *value = json_object_get(native(object), name);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*ret = (uint64_t)json_integer_value(value);
	return true;
}

int record_read_flags(const struct record_words *words, const struct record_flag *names,
		      size_t n_names, unsigned *ret, struct error *error)
{
	unsigned flags = 0;

	for (size_t i = 0; i < words->n_words; i++) {
		size_t k = 0;

		while (k < n_names && strcmp(names[k].name, words->words[i].text) != 0)
			k++;
		if (k == n_names)
			return error_bad(error, ERROR_NO_OFFSET, "'%.64s' is no fault",
					 words->words[i].text);
		flags |= names[k].flag;
	}
	*ret = flags;
	return 0;
}
