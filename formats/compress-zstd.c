/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "formats/compress-native.h"

static int zstd_open(struct decompressor *decompressor, struct error *error)
{
	decompressor->state = ZSTD_createDStream();
	/* 27: the logarithm of LIMIT_DECOMPRESS_WINDOW. */
	if (!decompressor->state ||
	    ZSTD_isError(
		    ZSTD_DCtx_setParameter(decompressor->state, ZSTD_d_windowLogMax, 27)))
		return error_memory(error);
	return 0;
}

static int zstd_step(struct decompressor *decompressor, uint8_t *to, size_t size,
		     size_t *ret_size, struct error *error)
{
	ZSTD_inBuffer in = {compress_input(decompressor), decompressor->window_size, 0};
	ZSTD_outBuffer out = {to, size, 0};
	size_t r = ZSTD_decompressStream(decompressor->state, &out, &in);

	compress_take(decompressor, in.pos);
	*ret_size = out.pos;
	if (ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge)
		return compress_large_window(decompressor, error);
	if (ZSTD_isError(r))
		return compress_bad(decompressor, ZSTD_getErrorName(r), error);
	if (r == 0)
		decompressor->ended = true;
	return 0;
}

static void zstd_close(struct decompressor *decompressor)
{
	(void)ZSTD_freeDStream(decompressor->state);
}

bool compress_zstd_whole(struct span packed, size_t limit, uint8_t **ret,
			 size_t *ret_size)
{
	size_t frame = ZSTD_findFrameCompressedSize(packed.data, packed.size), size;
	uint8_t *data, *smaller;

	/* Frames that only hold notes are passed over by a stream. */
	if (ZSTD_isError(frame) || ZSTD_getFrameContentSize(packed.data, frame) == 0)
		return false;
	/* Of so much memory only what is written to is ever there. */
	data = malloc(limit);
	if (!data)
		return false;
	size = ZSTD_decompress(data, limit, packed.data, frame);
	if (ZSTD_isError(size)) {
		free(data);
		return false;
	}
	smaller = realloc(data, MAX(size, (size_t)1));
	*ret = smaller ? smaller : data;
	*ret_size = size;
	return true;
}

const struct compress_method compress_zstd = {zstd_open, zstd_step, zstd_close};
