/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two formats of liblzma: .xz, and .lzma, which has neither magic nor checksum. */

#include <lzma.h>

#include "formats/compress-native.h"
#include "formats/core/limits.h"

/* What the decoders want besides the dictionary. */
#define MEMORY_LIMIT (LIMIT_DECOMPRESS_WINDOW + 16 * MIB)

typedef lzma_ret start_function(lzma_stream *xz);

static lzma_ret start_xz(lzma_stream *xz)
{
	return lzma_stream_decoder(xz, MEMORY_LIMIT, 0);
}

static lzma_ret start_lzma(lzma_stream *xz)
{
	return lzma_alone_decoder(xz, MEMORY_LIMIT);
}

static int open_by(struct decompressor *decompressor, start_function *start,
		   struct error *error)
{
	_cleanup_free_ lzma_stream *xz = malloc(sizeof(*xz));

	if (!xz)
		return error_memory(error);
	*xz = (lzma_stream)LZMA_STREAM_INIT;
	if (start(xz) != LZMA_OK)
		return error_memory(error);
	decompressor->state = TAKE_PTR(xz);
	return 0;
}

static int xz_open(struct decompressor *decompressor, struct error *error)
{
	return open_by(decompressor, start_xz, error);
}

static int lzma_open(struct decompressor *decompressor, struct error *error)
{
	return open_by(decompressor, start_lzma, error);
}

static int xz_step(struct decompressor *decompressor, uint8_t *to, size_t size,
		   size_t *ret_size, struct error *error)
{
	lzma_stream *xz = decompressor->state;
	lzma_ret r;

	xz->next_in = compress_input(decompressor);
	xz->avail_in = decompressor->window_size;
	xz->next_out = to;
	xz->avail_out = size;
	r = lzma_code(xz, LZMA_RUN);
	compress_take(decompressor, decompressor->window_size - xz->avail_in);
	*ret_size = size - xz->avail_out;
	switch (r) {
	case LZMA_OK:
	case LZMA_BUF_ERROR:
		return 0;
	case LZMA_STREAM_END:
		decompressor->ended = true;
		return 0;
	case LZMA_MEM_ERROR:
		return error_memory(error);
	case LZMA_MEMLIMIT_ERROR:
		return compress_large_window(decompressor, error);
	case LZMA_OPTIONS_ERROR:
		return error_set_at(error, -EOPNOTSUPP, compress_position(decompressor),
				    "xz data uses a filter that is not read");
	default:
		return compress_bad(
			decompressor,
			r == LZMA_FORMAT_ERROR ? "wrong header" : "wrong data", error);
	}
}

static void xz_close(struct decompressor *decompressor)
{
	if (decompressor->state)
		lzma_end(decompressor->state);
	free(decompressor->state);
}

const struct compress_method compress_xz = {xz_open, xz_step, xz_close};
const struct compress_method compress_lzma = {lzma_open, xz_step, xz_close};
