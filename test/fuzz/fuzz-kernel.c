/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/kernel.h"
#include "test/fuzz/fuzz.h"

static void check(int code, const struct error *error)
{
	if (code != -ENODATA)
		fuzz_check(code, error);
}

static int touch_symbols(struct kernel *kernel, struct arena *arena)
{
	struct error error = ERROR_INIT;
	struct exported_symbols symbols = {0};
	int r = kernel_read_symbols(kernel, arena, &symbols, &error);

	check(r, &error);
	for (size_t i = 0; i < symbols.n_symbols; i++) {
		fuzz_touch_string(symbols.symbols[i].name);
		fuzz_touch_string(symbols.symbols[i].namespace);
	}
	if (symbols.n_symbols > 0)
		(void)exported_symbols_find(&symbols, symbols.symbols[0].name);
	return r;
}

static void touch_certificates(struct kernel *kernel, struct arena *arena)
{
	struct error error = ERROR_INIT;
	struct kernel_certificates list = {0};

	check(kernel_read_certificates(kernel, arena, &list, &error), &error);
	for (size_t i = 0; i < list.n_certificates; i++)
		fuzz_touch(list.certificates[i].data, list.certificates[i].size);
}

static void touch_texts(struct kernel *kernel)
{
	_cleanup_free_ char *config = NULL;
	struct error error = ERROR_INIT;
	const char *release = NULL;
	size_t size;
	int r = kernel_read_release(kernel, &release, &error);

	check(r, &error);
	fuzz_touch_string(release);
	error = (struct error)ERROR_INIT;
	r = kernel_read_banner_release(kernel, &release, &error);
	check(r, &error);
	if (r == 0)
		fuzz_touch_string(release);
	error = (struct error)ERROR_INIT;
	r = kernel_read_config(kernel, &config, &size, &error);
	check(r, &error);
	if (r == 0)
		fuzz_touch(config, size + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(kernel_freep) struct kernel *kernel = NULL;
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	int r = kernel_open(source, &kernel, &error);

	check(r, &error);
	if (r == 0) {
		fuzz_touch_string(kernel_form_name(kernel->form));
		fuzz_touch_string(kernel->architecture);
		r = touch_symbols(kernel, arena);
	}
	fuzz_answer(r, false);
	if (kernel) {
		touch_certificates(kernel, arena);
		touch_texts(kernel);
	}
	return 0;
}
