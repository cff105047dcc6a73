/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <zlib.h>

#include "formats/compress-native.h"
#include "formats/core/limits.h"

static int gzip_open(struct decompressor *decompressor, struct error *error)
{
	_cleanup_free_ z_stream *gzip = calloc(1, sizeof(*gzip));

	/* 15: the largest window; 16: with a header of gzip. */
	if (!gzip || inflateInit2(gzip, 15 + 16) != Z_OK)
		return error_memory(error);
	decompressor->state = TAKE_PTR(gzip);
	return 0;
}

static int gzip_step(struct decompressor *decompressor, uint8_t *to, size_t size,
		     size_t *ret_size, struct error *error)
{
	z_stream *gzip = decompressor->state;
	int r;

	gzip->next_in = compress_input(decompressor);
	gzip->avail_in = (uInt)decompressor->window_size;
	gzip->next_out = to;
	gzip->avail_out = (uInt)MIN(size, (size_t)GIB);
	*ret_size = gzip->avail_out;
	r = inflate(gzip, Z_NO_FLUSH);
	compress_take(decompressor, decompressor->window_size - gzip->avail_in);
	*ret_size -= gzip->avail_out;
	if (r == Z_MEM_ERROR)
		return error_memory(error);
	if (r == Z_STREAM_END)
		decompressor->ended = true;
	else if (r != Z_OK && r != Z_BUF_ERROR)
		return compress_bad(decompressor,
				    gzip->msg ? gzip->msg : "no reason given", error);
	return 0;
}

static void gzip_close(struct decompressor *decompressor)
{
	if (decompressor->state)
		(void)inflateEnd(decompressor->state);
	free(decompressor->state);
}

const struct compress_method compress_gzip = {gzip_open, gzip_step, gzip_close};
