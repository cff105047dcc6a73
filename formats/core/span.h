/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Bytes that somebody else owns. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *data; /* NULL only if size is 0 */
	size_t size;         /* bytes */
};

static inline struct span span_make(const void *data, size_t size)
{
	return (struct span){.data = data, .size = size};
}

static inline struct span span_string(const char *string)
{
	return span_make(string, strlen(string));
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool span_starts_with(struct span span, const void *prefix, size_t size)
{
	return span.size >= size && memcmp(span.data, prefix, size) == 0;
}
