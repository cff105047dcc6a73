/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/gpt.h"
#include "test/fuzz/fuzz.h"

static void read_table(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	struct gpt gpt = {0};
	struct error error = ERROR_INIT;
	int r;

	(void)gpt_probe(source);
	r = gpt_read(source, &gpt, &error);
	fuzz_check(r, &error);
	if (r < 0)
		return;
	fuzz_check(gpt.primary.code, &gpt.primary);
	fuzz_check(gpt.backup.code, &gpt.backup);
	for (size_t i = 0; i < gpt.n_partitions; i++)
		fuzz_touch_string(gpt.partitions[i].label);
	gpt_done(&gpt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *mended = malloc(size + 1);

	if (!mended)
		abort();
	read_table(data, size);
	if (size > 0)
		memcpy(mended, data, size);
	if (fuzz_mend_gpt(mended, size))
		read_table(mended, size);
	return 0;
}
