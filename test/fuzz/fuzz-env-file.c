/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/env-file.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct env_file file = {0};
	struct error error = ERROR_INIT;

	if (!arena || env_file_parse(arena, source_memory(source), 0, &file, &error) < 0)
		abort();
	fuzz_answer(0, file.faults);
	(void)env_file_unusable(&file);
	/* Each look-up goes through all of them. */
	for (size_t i = 0; i < file.n_assignments && i < 64; i++) {
		const struct env_assignment *assignment = &file.assignments[i];

		fuzz_touch_string(assignment->value);
		/* Of several the last counts, but this one's key is there. */
		if (!env_file_find(&file, assignment->key) || assignment->line == 0)
			abort();
		(void)env_list_has(assignment->value, "word");
	}
	return 0;
}
