/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads numbers out of a span, in order, without casting a struct over it.
 *
 * A read past the end returns zeros and sets @overrun, which stays set: a reader takes
 * all fields of a header and asks once, with cursor_ok(), whether they were there.
 */

#include "formats/core/span.h"

struct cursor {
	struct span span; /* borrowed */
	size_t at;        /* offset of the next byte, at most span.size */
	bool overrun;
};

static inline struct cursor cursor_make(struct span span)
{
	return (struct cursor){.span = span};
}

static inline bool cursor_ok(const struct cursor *cursor)
{
	return !cursor->overrun;
}

static inline size_t cursor_left(const struct cursor *cursor)
{
	return cursor->span.size - cursor->at;
}

/* The next @size bytes, borrowed from the span; an empty span after an overrun. */
static inline struct span cursor_take(struct cursor *cursor, size_t size)
{
	struct span taken;

	if (cursor->overrun || size > cursor_left(cursor)) {
		cursor->overrun = true;
		return (struct span){0};
	}
	taken = span_make(cursor->span.data + cursor->at, size);
	cursor->at += size;
	return taken;
}

static inline void cursor_skip(struct cursor *cursor, size_t size)
{
	(void)cursor_take(cursor, size);
}

/* Copies the next @size bytes to @to, or zeros after an overrun. */
static inline void cursor_copy(struct cursor *cursor, void *to, size_t size)
{
	struct span taken = cursor_take(cursor, size);

	if (taken.size == size)
		memcpy(to, taken.data, size);
	else
		memset(to, 0, size);
}

static inline uint64_t cursor_le(struct cursor *cursor, size_t size)
{
	struct span taken = cursor_take(cursor, size);
	uint64_t value = 0;

	for (size_t i = taken.size; i > 0; i--)
		value = value << 8 | taken.data[i - 1];
	return value;
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
	return (uint8_t)cursor_le(cursor, 1);
}

static inline uint16_t cursor_le16(struct cursor *cursor)
{
	return (uint16_t)cursor_le(cursor, 2);
}

static inline uint32_t cursor_le32(struct cursor *cursor)
{
	return (uint32_t)cursor_le(cursor, 4);
}

static inline uint64_t cursor_le64(struct cursor *cursor)
{
	return cursor_le(cursor, 8);
}

/* Writes @value in @size little-endian bytes: the inverse of cursor_le(). */
static inline void write_le(uint8_t *to, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++) {
		to[i] = (uint8_t)value;
		value >>= 8;
	}
}
