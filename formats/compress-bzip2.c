/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <bzlib.h>

#include "formats/compress-native.h"
#include "formats/core/limits.h"

static int bzip2_open(struct decompressor *decompressor, struct error *error)
{
	_cleanup_free_ bz_stream *bzip2 = calloc(1, sizeof(*bzip2));

	if (!bzip2 || BZ2_bzDecompressInit(bzip2, 0, 0) != BZ_OK)
		return error_memory(error);
	decompressor->state = TAKE_PTR(bzip2);
	return 0;
}

static const char *reason(int r)
{
	return r == BZ_DATA_ERROR_MAGIC ? "wrong header" : "wrong data or checksum";
}

static int bzip2_step(struct decompressor *decompressor, uint8_t *to, size_t size,
		      size_t *ret_size, struct error *error)
{
	bz_stream *bzip2 = decompressor->state;
	int r;

	bzip2->next_in = (char *)compress_input(decompressor);
	bzip2->avail_in = (unsigned)decompressor->window_size;
	bzip2->next_out = (char *)to;
	bzip2->avail_out = (unsigned)MIN(size, (size_t)GIB);
	*ret_size = bzip2->avail_out;
	r = BZ2_bzDecompress(bzip2);
	compress_take(decompressor, decompressor->window_size - bzip2->avail_in);
	*ret_size -= bzip2->avail_out;
	if (r == BZ_MEM_ERROR)
		return error_memory(error);
	if (r == BZ_STREAM_END)
		decompressor->ended = true;
	else if (r != BZ_OK)
		return compress_bad(decompressor, reason(r), error);
	return 0;
}

static void bzip2_close(struct decompressor *decompressor)
{
	if (decompressor->state)
		(void)BZ2_bzDecompressEnd(decompressor->state);
	free(decompressor->state);
}

const struct compress_method compress_bzip2 = {bzip2_open, bzip2_step, bzip2_close};
