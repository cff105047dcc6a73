/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/elfinfo.h"
#include "test/fuzz/fuzz.h"

static void touch_info(const struct elfinfo *info)
{
	fuzz_touch_string(info->machine_name);
	fuzz_touch_string(elf_architecture(info));
	fuzz_touch_string(info->interpreter);
	fuzz_touch_string(info->soname);
	fuzz_touch_string(info->rpath);
	fuzz_touch_string(info->runpath);
	for (size_t i = 0; i < info->n_needed; i++)
		fuzz_touch_string(info->needed[i]);
	for (size_t i = 0; i < info->n_needed_versions; i++) {
		fuzz_touch_string(info->needed_versions[i].library);
		fuzz_touch_string(info->needed_versions[i].version);
	}
	for (size_t i = 0; i < info->n_defined_versions; i++)
		fuzz_touch_string(info->defined_versions[i]);
}

static void touch_symbols(const struct elf_symbol *symbols, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!symbols[i].name || !*symbols[i].name)
			abort();
		fuzz_touch_string(symbols[i].name);
		fuzz_touch_string(symbols[i].version);
		fuzz_touch_string(symbols[i].library);
	}
}

static int touch_path(void *context, const char *path)
{
	if (*path != '/')
		abort();
	fuzz_touch_string(path);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct elfinfo *info = NULL;
	int r;

	if (!arena)
		abort();
	(void)elf_probe(span_make(data, size));
	r = elfinfo_read(arena, source, &info, &error);
	fuzz_check(r, &error);
	if (r == 0) {
		touch_info(info);
		r = elf_read_symbols(arena, source, info, &error);
		fuzz_check(r, &error);
	}
	if (r == 0) {
		touch_symbols(info->symbols->defined, info->symbols->n_defined);
		touch_symbols(info->symbols->needed, info->symbols->n_needed);
	}
	fuzz_answer(r, r == 0 && info->faults);
	error = (struct error)ERROR_INIT;
	r = elf_find_paths(source, touch_path, NULL, &error);
	fuzz_check(r, &error);
	return 0;
}
