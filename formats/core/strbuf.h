/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Text or bytes that grow. A failed allocation is sticky: the later calls do nothing, and
 * strbuf_ok() says so at the end. Zero-initialised is empty.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "formats/core/cleanup.h"

struct strbuf {
	char *data;      /* NUL-terminated; NULL while empty */
	size_t size;     /* bytes without the NUL */
	size_t capacity; /* bytes allocated */
	bool failed;
};

void strbuf_add(struct strbuf *buffer, const void *data, size_t size);
void strbuf_add_string(struct strbuf *buffer, const char *string);
void strbuf_add_char(struct strbuf *buffer, char c);
void strbuf_addf(struct strbuf *buffer, const char *format, ...) _printf_(2, 3);

/* Adds @string with control characters, invalid UTF-8 and DEL as \xNN: names are hostile.
 */
void strbuf_add_escaped(struct strbuf *buffer, const char *string);

bool strbuf_ok(const struct strbuf *buffer);

/* The text, borrowed; "" while empty. */
const char *strbuf_text(const struct strbuf *buffer);

/*
 * The text, now the caller's to free(); NULL after a failed allocation. Resets the
 * buffer.
 */
char *strbuf_take(struct strbuf *buffer);

void strbuf_done(struct strbuf *buffer);

#define _cleanup_strbuf_ _cleanup_(strbuf_done)
