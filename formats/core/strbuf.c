/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "formats/core/utf8.h"

static bool strbuf_reserve(struct strbuf *buffer, size_t extra)
{
	size_t wanted, capacity;
	char *data;

	if (buffer->failed)
		return false;
	if (__builtin_add_overflow(buffer->size, extra, &wanted) || wanted == SIZE_MAX) {
		buffer->failed = true;
		return false;
	}
	wanted++;
	if (wanted <= buffer->capacity)
		return true;
	capacity = MAX(wanted, buffer->capacity + buffer->capacity / 2 + 64);
	data = realloc(buffer->data, capacity);
	if (!data) {
		buffer->failed = true;
		return false;
	}
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

void strbuf_add(struct strbuf *buffer, const void *data, size_t size)
{
	if (!strbuf_reserve(buffer, size))
		return;
	if (size > 0)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	buffer->data[buffer->size] = 0;
}

void strbuf_add_string(struct strbuf *buffer, const char *string)
{
	strbuf_add(buffer, string, strlen(string));
}

void strbuf_add_char(struct strbuf *buffer, char c)
{
	strbuf_add(buffer, &c, 1);
}

void strbuf_addf(struct strbuf *buffer, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0 || !strbuf_reserve(buffer, (size_t)length))
		return;
	va_start(arguments, format);
	(void)vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format,
			arguments);
	va_end(arguments);
	buffer->size += (size_t)length;
}

void strbuf_add_escaped(struct strbuf *buffer, const char *string)
{
	const uint8_t *at = (const uint8_t *)string;
	size_t left = strlen(string);

	while (left > 0) {
		size_t size = utf8_sequence_size(at, left);

		if (size == 0 || *at < 0x20 || *at == 0x7f || utf8_is_control(at, size)) {
			strbuf_addf(buffer, "\\x%02x", *at);
			size = 1;
		} else {
			strbuf_add(buffer, at, size);
		}
		at += size;
		left -= size;
	}
}

bool strbuf_ok(const struct strbuf *buffer)
{
	return !buffer->failed;
}

const char *strbuf_text(const struct strbuf *buffer)
{
	return buffer->data ? buffer->data : "";
}

char *strbuf_take(struct strbuf *buffer)
{
	char *data;

	strbuf_add(buffer, "", 0);
	if (buffer->failed) {
		strbuf_done(buffer);
		return NULL;
	}
	data = buffer->data;
	*buffer = (struct strbuf){0};
	return data;
}

void strbuf_done(struct strbuf *buffer)
{
	free(buffer->data);
	*buffer = (struct strbuf){0};
}
