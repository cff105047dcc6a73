/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Paths inside a tree: relative to its root, no leading slash, no empty component, no "."
 * and no ".."; "" is the root itself. Readers bring every name from an input into this
 * form with path_clean() before anybody else sees it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "formats/core/error.h"

/*
 * Brings @size bytes at @path, as written in an archive, into the form above, in @buffer
 * of at least @size + 1 bytes. Leading and doubled slashes and "." go. -EBADMSG for a NUL
 * byte inside and for "..": no tool writes it, and only an attack needs it. -E2BIG when
 * the result would be longer than LIMIT_PATH_SIZE - 1 bytes.
 */
int path_clean(const char *path, size_t size, char *buffer, struct error *error);

/* The last component, borrowed from @path; "" for the root. */
const char *path_name(const char *path);

/* The length of everything before the last slash; 0 if there is none. */
size_t path_parent_size(const char *path);

/* Whether @path is @directory or lies below it; everything lies below "". */
bool path_is_below(const char *path, const char *directory);

/* @path without the leading slashes that absolute paths in text files carry. */
const char *path_relative(const char *path);

bool string_starts_with(const char *string, const char *prefix);
bool string_ends_with(const char *string, const char *suffix);
