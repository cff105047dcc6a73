/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/cpio.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(decompressor_freep) struct decompressor *decompressor = NULL;
	struct entry_visitor visitor = fuzz_visitor();
	struct cpio_result result = {0};
	struct error error = ERROR_INIT;
	int r;

	if (decompressor_open(COMPRESSION_NONE, source, 0, &decompressor, &error) < 0)
		abort();
	r = cpio_read(decompressor, &visitor, &result, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, r == 0 && result.faults);
	if (r < 0)
		return 0;
	fuzz_touch_string(result.first_fault_path);
	if (result.size > size)
		abort();
	return 0;
}
