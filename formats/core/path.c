/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/path.h"

#include <string.h>

#include "formats/core/limits.h"

int path_clean(const char *path, size_t size, char *buffer, struct error *error)
{
	size_t at = 0, length = 0;

	if (memchr(path, 0, size))
		return error_bad(error, ERROR_NO_OFFSET, "name contains a NUL byte");
	while (at < size) {
		const char *slash = memchr(path + at, '/', size - at);
		size_t part = slash ? (size_t)(slash - path) - at : size - at;

		if (part == 2 && memcmp(path + at, "..", 2) == 0)
			return error_bad(error, ERROR_NO_OFFSET, "name contains '..'");
		if (part > 0 && !(part == 1 && path[at] == '.')) {
			if (length + 1 + part >= LIMIT_PATH_SIZE)
				return error_set(error, -E2BIG,
						 "name is longer than %d bytes",
						 LIMIT_PATH_SIZE - 1);
			if (length > 0)
				buffer[length++] = '/';
			memcpy(buffer + length, path + at, part);
			length += part;
		}
		at += part + 1;
	}
	buffer[length] = 0;
	return 0;
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

size_t path_parent_size(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

bool path_is_below(const char *path, const char *directory)
{
	size_t size = strlen(directory);

	if (size == 0)
		return true;
	return strncmp(path, directory, size) == 0 &&
	       (path[size] == 0 || path[size] == '/');
}

const char *path_relative(const char *path)
{
	while (*path == '/')
		path++;
	return path;
}

bool string_starts_with(const char *string, const char *prefix)
{
	return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool string_ends_with(const char *string, const char *suffix)
{
	size_t size = strlen(string), suffix_size = strlen(suffix);

	return size >= suffix_size && strcmp(string + size - suffix_size, suffix) == 0;
}
