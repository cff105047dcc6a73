/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ini.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct ini ini = {0};
	struct error error = ERROR_INIT;
	int r;

	if (!arena)
		abort();
	r = ini_read(arena, source, &ini, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	for (size_t i = 0; r == 0 && i < ini.n_entries; i++) {
		fuzz_touch_string(ini.entries[i].section);
		fuzz_touch_string(ini.entries[i].key);
		fuzz_touch_string(ini.entries[i].value);
		/* Lines are read in order. */
		if (i > 0 && ini.entries[i].line <= ini.entries[i - 1].line)
			abort();
	}
	return 0;
}
