/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "formats/core/utf8.h"
#include "formats/record.h"

static void add_byte(struct strbuf *text, uint8_t byte)
{
	strbuf_addf(text, "\\\\x%02x", byte);
}

/* @also is one more character that is written as \xNN; 0 for none. */
static void add_escaped(struct strbuf *text, const char *string, char also)
{
	const uint8_t *at = (const uint8_t *)string;
	size_t left = strlen(string), plain = 0;

	while (left > plain) {
		size_t size = utf8_sequence_size(at + plain, left - plain);
		uint8_t c = at[plain];

		if (size > 0 && c >= 0x20 && c != 0x7f && c != '\\' && c != '"' &&
		    (c != (uint8_t)also || !also)) {
			plain += size;
			continue;
		}
		strbuf_add(text, at, plain);
		if (c == '"')
			strbuf_add_string(text, "\\\"");
		else
			add_byte(text, c);
		at += plain + 1;
		left -= plain + 1;
		plain = 0;
	}
	strbuf_add(text, at, plain);
}

void record_writer_done(struct record_writer *writer)
{
	strbuf_done(&writer->text);
}

static void begin(struct record_writer *writer, const char *name)
{
	if (writer->behind)
		strbuf_add_char(&writer->text, ',');
	if (name)
		strbuf_addf(&writer->text, "\"%s\":", name);
	writer->behind = true;
}

void record_open(struct record_writer *writer, const char *name, char bracket)
{
	begin(writer, name);
	strbuf_add_char(&writer->text, bracket);
	writer->behind = false;
}

void record_close(struct record_writer *writer, char bracket)
{
	strbuf_add_char(&writer->text, bracket);
	writer->behind = true;
}

void record_add_text(struct record_writer *writer, const char *name, const char *text)
{
	if (!text)
		return;
	begin(writer, name);
	strbuf_add_char(&writer->text, '"');
	add_escaped(&writer->text, text, 0);
	strbuf_add_char(&writer->text, '"');
}

void record_add_number(struct record_writer *writer, const char *name, uint64_t number)
{
	begin(writer, name);
	strbuf_addf(&writer->text, "%" PRIu64, number);
}

void record_add_true(struct record_writer *writer, const char *name)
{
	begin(writer, name);
	strbuf_add_string(&writer->text, "true");
}

void record_add_bytes(struct record_writer *writer, const char *name, struct span bytes)
{
	begin(writer, name);
	strbuf_add_char(&writer->text, '"');
	for (size_t i = 0; i < bytes.size; i++)
		strbuf_addf(&writer->text, "%02x", bytes.data[i]);
	strbuf_add_char(&writer->text, '"');
}

void record_open_words(struct record_writer *writer, const char *name)
{
	begin(writer, name);
	strbuf_add_char(&writer->text, '"');
	writer->behind = false;
}

void record_add_word(struct record_writer *writer, bool mark, const char *word)
{
	if (writer->behind)
		strbuf_add_char(&writer->text, ' ');
	writer->behind = true;
	if (mark)
		strbuf_add_char(&writer->text, '!');
	/* Neither an empty word nor one that begins like a mark can be told otherwise. */
	if (!*word)
		strbuf_add_string(&writer->text, "\\\\x");
	if (*word == '!') {
		add_byte(&writer->text, '!');
		word++;
	}
	add_escaped(&writer->text, word, ' ');
}

void record_close_words(struct record_writer *writer)
{
	strbuf_add_char(&writer->text, '"');
	writer->behind = true;
}

void record_add_flags(struct record_writer *writer, const char *name, unsigned flags,
		      const struct record_flag *names, size_t n_names)
{
	if (flags == 0)
		return;
	record_open_words(writer, name);
	for (size_t i = 0; i < n_names; i++)
		if (flags & names[i].flag)
			record_add_word(writer, false, names[i].name);
	record_close_words(writer);
}
