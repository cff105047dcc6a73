/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/module-index.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(map_freep) struct map *map = NULL;
	struct error error = ERROR_INIT;

	if (!arena || module_index_parse(arena, source_memory(source), &map, &error) < 0)
		abort();
	/* Lines that name no module are left out. */
	fuzz_answer(0, false);
	for (size_t i = 0; i < map_size(map); i++) {
		const char *path = map_value_at(map, i);

		/* The key is the path's name. */
		if (strcmp(module_name(arena, path), map_key_at(map, i)) != 0)
			abort();
	}
	return 0;
}
