/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/compress.h"
#include "formats/core/limits.h"
#include "test/fuzz/fuzz.h"

/* Much of a small input is a bomb, which the caller has to end. */
#define MAX_OUTPUT (256 * KIB)

/* By pieces of all sizes, and with the two other ways to go on in between. */
static int read_all(struct decompressor *decompressor, struct error *error)
{
	static uint8_t piece[64 * KIB];
	size_t wanted = 1, n;
	uint8_t next;
	bool end = false;
	int r = 0;

	while (r == 0 && !end && decompressor_produced(decompressor) < MAX_OUTPUT) {
		r = decompressor_read(decompressor, piece, wanted, &n, error);
		if (r == 0)
			fuzz_touch(piece, n);
		if (r == 0 && n < wanted)
			return 0;
		if (r == 0)
			r = decompressor_peek(decompressor, &next, &end, error);
		if (r == 0 && !end && next == 0 && wanted > 64)
			r = decompressor_skip_zeros(decompressor, error);
		wanted = MIN(wanted * 3, sizeof(piece));
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(decompressor_freep) struct decompressor *decompressor = NULL;
	enum compression compression = compression_detect(span_make(data, MIN(size, 8)));
	struct error error = ERROR_INIT;
	int r;

	fuzz_touch_string(compression_name(compression));
	r = decompressor_open(compression, source, 0, &decompressor, &error);
	if (r == 0)
		decompressor_limit(decompressor, 2 * MAX_OUTPUT);
	if (r == 0)
		r = read_all(decompressor, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	if (decompressor && decompressor_consumed(decompressor) > size)
		abort();
	return 0;
}
