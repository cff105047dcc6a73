/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/module.h"
#include "test/fuzz/fuzz.h"

static void touch_symbols(const struct module *module)
{
	for (size_t i = 0; i < module->exported.n_symbols; i++) {
		fuzz_touch_string(module->exported.symbols[i].name);
		fuzz_touch_string(module->exported.symbols[i].namespace);
	}
	for (size_t i = 0; i < module->n_needed; i++)
		fuzz_touch_string(module->needed[i].name);
}

static void touch(const struct module *module)
{
	size_t at = 0;

	fuzz_touch_string(module->architecture);
	fuzz_touch_string(module->name);
	fuzz_touch_string(module->vermagic);
	for (size_t i = 0; i < module->n_depends; i++)
		fuzz_touch_string(module->depends[i]);
	for (size_t i = 0; i < module->n_fields; i++) {
		fuzz_touch_string(module->fields[i].key);
		fuzz_touch_string(module->fields[i].value);
	}
	fuzz_touch_string(module_next_field(module, "alias", &at));
	fuzz_touch(module->signature.data, module->signature.size);
	touch_symbols(module);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct module *module;
	int r = module_read(arena, source, &module, &error);

	if (r != -ENODATA)
		fuzz_check(r, &error);
	fuzz_answer(r, r == 0 && module->faults);
	if (r == 0)
		touch(module);
	return 0;
}
