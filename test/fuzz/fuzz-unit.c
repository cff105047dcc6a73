/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/units.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct unit_line *lines = NULL;
	struct error error = ERROR_INIT;
	size_t n_lines = 0;

	if (!arena ||
	    unit_parse(arena, source_memory(source), &lines, &n_lines, &error) < 0)
		abort();
	/* Every text is a unit: systemd passes over what it does not know. */
	fuzz_answer(0, false);
	for (size_t i = 0; i < n_lines; i++) {
		fuzz_touch_string(lines[i].section);
		fuzz_touch_string(lines[i].key);
		fuzz_touch_string(lines[i].value);
		if (lines[i].line == 0 || (i > 0 && lines[i].line <= lines[i - 1].line))
			abort();
	}
	return 0;
}
