/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Memory that is released all at once: one arena for each subject of a run. Allocations
 * are zeroed, aligned for any type and live until arena_free(). NULL means -ENOMEM.
 */

#include <stddef.h>

#include "formats/core/cleanup.h"
#include "formats/core/span.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);
DEFINE_CLEANUP(struct arena *, arena_free);

void *arena_alloc(struct arena *arena, size_t size);

/* @count objects of @size bytes; NULL also when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

char *arena_strdup(struct arena *arena, const char *string);
char *arena_strndup(struct arena *arena, const char *string, size_t size);
char *arena_printf(struct arena *arena, const char *format, ...) _printf_(2, 3);
void *arena_memdup(struct arena *arena, const void *data, size_t size);

/* "directory/name", or name alone where directory is "". */
char *arena_path_join(struct arena *arena, const char *directory, const char *name);
