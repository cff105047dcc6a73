/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

/* Large enough that a tree of 2,000 files needs a handful of blocks. */
#define BLOCK_SIZE (64 * 1024)

struct block {
	struct block *next;
	size_t used; /* bytes of @data */
	size_t size; /* bytes of @data */
	alignas(max_align_t) uint8_t data[];
};

struct arena {
	struct block *blocks; /* the first one is filled */
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	struct block *block;

	if (!arena)
		return;
	block = arena->blocks;
	while (block) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
	free(arena);
}

static struct block *block_new(size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = calloc(1, sizeof(*block) + size);
	if (block)
		block->size = size;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	size_t rounded;

	if (size > SIZE_MAX - alignof(max_align_t))
		return NULL;
	rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!block || rounded > block->size - block->used) {
		struct block *fresh = block_new(MAX(rounded, (size_t)BLOCK_SIZE));

		if (!fresh)
			return NULL;
		/* A block of its own for a big object: the half-filled one stays in use.
		 */
		if (block && rounded > BLOCK_SIZE / 4) {
			fresh->next = block->next;
			block->next = fresh;
		} else {
			fresh->next = block;
			arena->blocks = fresh;
		}
		block = fresh;
	}
	block->used += rounded;
	return block->data + block->used - rounded;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(arena, total);
}

void *arena_memdup(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (copy && size > 0)
		memcpy(copy, data, size);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *string, size_t size)
{
	char *copy = arena_alloc(arena, size + 1);

	if (copy && size > 0)
		memcpy(copy, string, size);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return arena_strndup(arena, string, strlen(string));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		return NULL;
	text = arena_alloc(arena, (size_t)length + 1);
	if (!text)
		return NULL;
	va_start(arguments, format);
	(void)vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

char *arena_path_join(struct arena *arena, const char *directory, const char *name)
{
	if (!*directory)
		return arena_strdup(arena, name);
	return arena_printf(arena, "%s/%s", directory, name);
}
