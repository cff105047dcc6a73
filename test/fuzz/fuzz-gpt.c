/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/gpt.h"
#include "test/fuzz/fuzz.h"

static bool has_faults(const struct gpt *gpt)
{
	unsigned faults = gpt->faults;

	for (size_t i = 0; i < gpt->n_partitions; i++)
		faults |= gpt->partitions[i].faults;
	return faults != 0 || gpt->primary.code < 0 || gpt->backup.code < 0;
}

static void read_table(const uint8_t *data, size_t size, bool mended)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	struct gpt gpt = {0};
	struct error error = ERROR_INIT;
	int r;

	(void)gpt_probe(source);
	r = gpt_read(source, &gpt, &error);
	fuzz_check(r, &error);
	if (!mended)
		fuzz_answer(r, r == 0 && has_faults(&gpt));
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
	read_table(data, size, false);
	if (size > 0)
		memcpy(mended, data, size);
	if (fuzz_mend_gpt(mended, size))
		read_table(mended, size, true);
	return 0;
}
