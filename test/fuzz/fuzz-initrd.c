/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/initrd.h"
#include "test/fuzz/fuzz.h"

static void touch_members(const struct initrd *initrd)
{
	for (size_t i = 0; i < initrd->n_members; i++)
		fuzz_touch_string(compression_name(initrd->members[i].compression));
	fuzz_touch_string(initrd->garbage);
}

static bool has_faults(const struct initrd *initrd)
{
	unsigned faults = initrd->faults;

	for (size_t i = 0; i < initrd->n_members; i++)
		faults |= initrd->members[i].faults;
	return faults != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	struct entry_visitor visitor = fuzz_visitor();
	struct initrd initrd = {0};
	struct error error = ERROR_INIT;
	int r;

	(void)initrd_probe(source);
	r = initrd_read(source, &visitor, &initrd, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, r == 0 && has_faults(&initrd));
	if (r < 0)
		return 0;
	touch_members(&initrd);
	initrd_done(&initrd);
	return 0;
}
