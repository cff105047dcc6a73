/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Records: JSON (RFC 8259) that this project writes and reads back strictly. Every member
 * of an object has a name and a type that are known; another name, another type or a name
 * twice is an error.
 *
 * Names of files are bytes, and JSON is UTF-8: a byte that is a control character, a
 * backslash or not part of valid UTF-8 is written as \xNN (in JSON, "\\xNN"), and read
 * back. A list of words is one string with blanks between them, which is far shorter and
 * faster to read than an array; a blank inside a word is \x20, and a word may have one
 * mark in front: '!'.
 */

#include "formats/core/arena.h"
#include "formats/core/error.h"
#include "formats/core/strbuf.h"

/* Zero-initialised is empty. No blanks, and members stand in the order of the calls. */
struct record_writer {
	struct strbuf text;
	bool behind; /* something stands in front of the next member: a comma is due */
};

void record_writer_done(struct record_writer *writer);

/* @name is NULL in an array, and of the outermost object. @bracket is '{' or '['. */
void record_open(struct record_writer *writer, const char *name, char bracket);
void record_close(struct record_writer *writer, char bracket);

/* Nothing where @text is NULL. */
void record_add_text(struct record_writer *writer, const char *name, const char *text);
void record_add_number(struct record_writer *writer, const char *name, uint64_t number);
void record_add_true(struct record_writer *writer, const char *name);
/* As hexadecimal digits. */
void record_add_bytes(struct record_writer *writer, const char *name, struct span bytes);

/* A list of words: each call of record_add_word() adds one. */
void record_open_words(struct record_writer *writer, const char *name);
void record_add_word(struct record_writer *writer, bool mark, const char *word);
void record_close_words(struct record_writer *writer);

struct record_flag {
	unsigned flag;
	const char *name;
};

/* The names of the flags that are set, as words; nothing if none is. */
void record_add_flags(struct record_writer *writer, const char *name, unsigned flags,
		      const struct record_flag *names, size_t n_names);

struct record;          /* a value: an object, an array or a text */
struct record_document; /* owns all values of one text */

/*
 * -EBADMSG, with the offset, if @text is not one JSON object, or has a name twice in one;
 * -E2BIG if it has more than @max_values values or nests them deeper than @max_depth.
 */
int record_parse(struct span text, size_t max_values, size_t max_depth,
		 struct record_document **ret, struct error *error);
void record_document_free(struct record_document *document);
DEFINE_CLEANUP(struct record_document *, record_document_free);
const struct record *record_root(const struct record_document *document);

enum record_type {
	RECORD_TEXT,   /* const char *; NULL if it is not there */
	RECORD_NUMBER, /* uint64_t, at most the field's limit */
	RECORD_TRUE,   /* bool */
	RECORD_BYTES,  /* struct span */
	RECORD_WORDS,  /* struct record_words */
	RECORD_OBJECT, /* const struct record *; NULL if it is not there */
	RECORD_ARRAY,  /* the same */
};

struct record_word {
	const char *text;
	bool mark;
};

struct record_words {
	struct record_word *words; /* NULL if the member is not there */
	size_t n_words;
};

struct record_field {
	const char *name;
	enum record_type type;
	size_t offset; /* of the member in the target */
	bool required;
	uint64_t limit; /* of a number */
};

/*
 * Fills @target, which is zeroed, from @object; texts and lists are in @arena. -EBADMSG
 * for a member that is missing, unknown, of another type or over its limit; -ENOMEM.
 */
int record_read(const struct record *object, const struct record_field *fields,
		size_t n_fields, struct arena *arena, void *target, struct error *error);

/* Of an array. */
size_t record_size(const struct record *array);
const struct record *record_at(const struct record *array, size_t at);

/* The number of one member, looked up before the others are: false if there is none. */
bool record_peek_number(const struct record *object, const char *name, uint64_t *ret);

/* From words to flags. -EBADMSG for a word that is no name. */
int record_read_flags(const struct record_words *words, const struct record_flag *names,
		      size_t n_names, unsigned *ret, struct error *error);
