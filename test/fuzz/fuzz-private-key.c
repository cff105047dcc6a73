/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/key.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(private_key_freep) struct private_key *key = NULL;
	struct error error = ERROR_INIT;
	int r;

	r = private_key_parse(source_memory(source), &key, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	if (r == 0)
		fuzz_touch_string(private_key_description(key));
	return 0;
}
