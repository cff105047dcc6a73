/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/module-index.h"

#include <string.h>

#include "formats/core/path.h"

char *module_name(struct arena *arena, const char *path)
{
	static const char *const suffixes[] = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"};
	const char *name = path_name(path);
	size_t size = strlen(name);
	char *copy;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		if (string_ends_with(name, suffixes[i])) {
			size = strlen(name) - strlen(suffixes[i]);
			break;
		}
	}
	copy = arena_strndup(arena, name, size);
	for (char *c = copy; c && *c; c++)
		if (*c == '-')
			*c = '_';
	return copy;
}

int module_index_parse(struct arena *arena, struct span text, struct map **ret,
		       struct error *error)
{
	_cleanup_(map_freep) struct map *map = map_new();
	const char *at = (const char *)text.data, *end = at + text.size;

	if (!map)
		return error_memory(error);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t line = (size_t)((newline ? newline : end) - at);
		const char *colon = memchr(at, ':', line);
		size_t size = colon ? (size_t)(colon - at) : line;
		char *path, *name;

		/* Text that is no path would end up as a name with a NUL byte inside. */
		if (size > 0 && !memchr(at, 0, size) && memmem(at, size, ".ko", 3)) {
			path = arena_strndup(arena, at, size);
			name = path ? module_name(arena, path) : NULL;
			if (!name || map_set(map, name, path) < 0)
				return error_memory(error);
		}
		at += line + 1;
	}
	*ret = TAKE_PTR(map);
	return 0;
}
