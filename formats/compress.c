/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/compress.h"

#include <inttypes.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "formats/core/limits.h"

#define WINDOW_SIZE (256 * KIB)

static const struct {
	const char *name;
	uint8_t magic[6];
	size_t magic_size;
} compressions[] = {
	[COMPRESSION_NONE] = {"none", {0}, 0},
	[COMPRESSION_GZIP] = {"gzip", {0x1f, 0x8b}, 2},
	[COMPRESSION_XZ] = {"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6},
	[COMPRESSION_ZSTD] = {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4},
	[COMPRESSION_LZMA] = {"lzma", {0x5d, 0x00, 0x00}, 3},
	[COMPRESSION_BZIP2] = {"bzip2", {'B', 'Z', 'h'}, 3},
	[COMPRESSION_LZ4] = {"lz4", {0x02, 0x21, 0x4c, 0x18}, 4},
	[COMPRESSION_LZO] = {"lzo", {0x89, 'L', 'Z', 'O'}, 4},
};

const char *compression_name(enum compression compression)
{
	return compressions[compression].name;
}

enum compression compression_detect(struct span head)
{
	for (size_t i = 1; i < ARRAY_SIZE(compressions); i++)
		if (span_starts_with(head, compressions[i].magic,
				     compressions[i].magic_size))
			return (enum compression)i;
	/* The other gzip magic that the kernel takes, and the frame form of lz4. */
	if (span_starts_with(head, "\x1f\x9e", 2))
		return COMPRESSION_GZIP;
	if (span_starts_with(head, "\x04\x22\x4d\x18", 4))
		return COMPRESSION_LZ4;
	return COMPRESSION_NONE;
}

struct decompressor {
	enum compression compression;
	struct source *in;
	uint64_t start; /* of the stream in @in */
	uint64_t at;    /* of the next byte to be read into the window */
	uint8_t *window;
	size_t window_at, window_size; /* unread part of the window */
	uint64_t produced;
	bool ended;
	uint8_t ahead[4096]; /* read, but not given yet */
	size_t ahead_at, ahead_size;
	z_stream gzip;
	lzma_stream xz;
	ZSTD_DStream *zstd;
};

void decompressor_free(struct decompressor *decompressor)
{
	if (!decompressor)
		return;
	if (decompressor->compression == COMPRESSION_GZIP)
		(void)inflateEnd(&decompressor->gzip);
	if (decompressor->compression == COMPRESSION_XZ)
		lzma_end(&decompressor->xz);
	(void)ZSTD_freeDStream(decompressor->zstd);
	source_unref(decompressor->in);
	free(decompressor->window);
	free(decompressor);
}

static int start_stream(struct decompressor *decompressor, struct error *error)
{
	switch (decompressor->compression) {
	case COMPRESSION_NONE:
		return 0;
	case COMPRESSION_GZIP:
		if (inflateInit2(&decompressor->gzip, 15 + 16) != Z_OK)
			return error_memory(error);
		return 0;
	case COMPRESSION_XZ:
		decompressor->xz = (lzma_stream)LZMA_STREAM_INIT;
		if (lzma_stream_decoder(&decompressor->xz,
					LIMIT_DECOMPRESS_WINDOW + 16 * MIB, 0) != LZMA_OK)
			return error_memory(error);
		return 0;
	case COMPRESSION_ZSTD:
		decompressor->zstd = ZSTD_createDStream();
		if (!decompressor->zstd ||
		    ZSTD_isError(ZSTD_DCtx_setParameter(decompressor->zstd,
							ZSTD_d_windowLogMax, 27)))
			return error_memory(error);
		return 0;
	default:
		return error_set(error, -EOPNOTSUPP, "%s compression is not read",
				 compression_name(decompressor->compression));
	}
}

int decompressor_open(enum compression compression, struct source *in, uint64_t offset,
		      struct decompressor **ret, struct error *error)
{
	_cleanup_(decompressor_freep) struct decompressor *decompressor =
		calloc(1, sizeof(*decompressor));
	int r;

	if (!decompressor)
		return error_memory(error);
	/*
	 * Set only once the stream exists, so that decompressor_free() ends what was
	 * begun.
	 */
	decompressor->in = source_ref(in);
	decompressor->start = decompressor->at = offset;
	decompressor->window = malloc(WINDOW_SIZE);
	if (!decompressor->window)
		return error_memory(error);
	decompressor->compression = compression;
	r = start_stream(decompressor, error);
	if (r < 0) {
		decompressor->compression = COMPRESSION_NONE;
		return r;
	}
	*ret = TAKE_PTR(decompressor);
	return 0;
}

static uint64_t position(const struct decompressor *decompressor)
{
	return decompressor->at - decompressor->window_size;
}

static int fill_window(struct decompressor *decompressor, struct error *error)
{
	uint64_t left = source_size(decompressor->in) - decompressor->at;
	size_t size = (size_t)MIN(left, WINDOW_SIZE);
	int r;

	if (decompressor->window_size > 0 || size == 0)
		return 0;
	r = source_read(decompressor->in, decompressor->at, decompressor->window, size,
			error);
	if (r < 0)
		return r;
	decompressor->at += size;
	decompressor->window_at = 0;
	decompressor->window_size = size;
	return 0;
}

static void take_window(struct decompressor *decompressor, size_t size)
{
	decompressor->window_at += size;
	decompressor->window_size -= size;
}

static int bad_stream(struct decompressor *decompressor, const char *what,
		      struct error *error)
{
	return error_bad(error, position(decompressor), "%s data is broken: %s",
			 compression_name(decompressor->compression), what);
}

static int large_window(struct decompressor *decompressor, struct error *error)
{
	return error_set_at(error, -E2BIG, position(decompressor),
			    "%s data wants a window of more than %" PRIu64 " bytes",
			    compression_name(decompressor->compression),
			    LIMIT_DECOMPRESS_WINDOW);
}

static int step_none(struct decompressor *decompressor, uint8_t *to, size_t size,
		     size_t *ret_size, struct error *error)
{
	size_t n = MIN(size, decompressor->window_size);

	memcpy(to, decompressor->window + decompressor->window_at, n);
	take_window(decompressor, n);
	*ret_size = n;
	decompressor->ended = n == 0;
	return 0;
}

static int step_gzip(struct decompressor *decompressor, uint8_t *to, size_t size,
		     size_t *ret_size, struct error *error)
{
	z_stream *gzip = &decompressor->gzip;
	int r;

	gzip->next_in = decompressor->window + decompressor->window_at;
	gzip->avail_in = (uInt)decompressor->window_size;
	gzip->next_out = to;
	gzip->avail_out = (uInt)MIN(size, (size_t)GIB);
	*ret_size = gzip->avail_out;
	r = inflate(gzip, Z_NO_FLUSH);
	take_window(decompressor, decompressor->window_size - gzip->avail_in);
	*ret_size -= gzip->avail_out;
	if (r == Z_MEM_ERROR)
		return error_memory(error);
	if (r == Z_STREAM_END)
		decompressor->ended = true;
	else if (r != Z_OK && r != Z_BUF_ERROR)
		return bad_stream(decompressor, gzip->msg ? gzip->msg : "no reason given",
				  error);
	return 0;
}

static int step_xz(struct decompressor *decompressor, uint8_t *to, size_t size,
		   size_t *ret_size, struct error *error)
{
	lzma_stream *xz = &decompressor->xz;
	lzma_ret r;

	xz->next_in = decompressor->window + decompressor->window_at;
	xz->avail_in = decompressor->window_size;
	xz->next_out = to;
	xz->avail_out = size;
	r = lzma_code(xz, LZMA_RUN);
	take_window(decompressor, decompressor->window_size - xz->avail_in);
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
		return large_window(decompressor, error);
	case LZMA_OPTIONS_ERROR:
		return error_set_at(error, -EOPNOTSUPP, position(decompressor),
				    "xz data uses a filter that is not read");
	default:
		return bad_stream(decompressor,
				  r == LZMA_FORMAT_ERROR ? "wrong header" : "wrong data",
				  error);
	}
}

static int step_zstd(struct decompressor *decompressor, uint8_t *to, size_t size,
		     size_t *ret_size, struct error *error)
{
	ZSTD_inBuffer in = {decompressor->window + decompressor->window_at,
			    decompressor->window_size, 0};
	ZSTD_outBuffer out = {to, size, 0};
	size_t r = ZSTD_decompressStream(decompressor->zstd, &out, &in);

	take_window(decompressor, in.pos);
	*ret_size = out.pos;
	if (ZSTD_getErrorCode(r) == ZSTD_error_frameParameter_windowTooLarge)
		return large_window(decompressor, error);
	if (ZSTD_isError(r))
		return bad_stream(decompressor, ZSTD_getErrorName(r), error);
	if (r == 0)
		decompressor->ended = true;
	return 0;
}

static int step(struct decompressor *decompressor, uint8_t *to, size_t size,
		size_t *ret_size, struct error *error)
{
	switch (decompressor->compression) {
	case COMPRESSION_GZIP:
		return step_gzip(decompressor, to, size, ret_size, error);
	case COMPRESSION_XZ:
		return step_xz(decompressor, to, size, ret_size, error);
	case COMPRESSION_ZSTD:
		return step_zstd(decompressor, to, size, ret_size, error);
	default:
		return step_none(decompressor, to, size, ret_size, error);
	}
}

static int read_stream(struct decompressor *decompressor, uint8_t *buffer, size_t size,
		       size_t *ret_size, struct error *error)
{
	size_t done = 0;

	while (done < size && !decompressor->ended) {
		size_t n, before;
		int r = fill_window(decompressor, error);

		if (r < 0)
			return r;
		before = decompressor->window_size;
		r = step(decompressor, buffer + done, size - done, &n, error);
		if (r < 0)
			return r;
		done += n;
		if (n == 0 && decompressor->window_size == before && !decompressor->ended)
			return error_bad(error, position(decompressor),
					 "%s data ends in its middle",
					 compression_name(decompressor->compression));
	}
	*ret_size = done;
	return 0;
}

/* Makes sure that there are bytes to be peeked at, unless the stream has ended. */
static int look_ahead(struct decompressor *decompressor, size_t size, struct error *error)
{
	if (decompressor->ahead_size > 0)
		return 0;
	decompressor->ahead_at = 0;
	return read_stream(decompressor, decompressor->ahead, size,
			   &decompressor->ahead_size, error);
}

int decompressor_peek(struct decompressor *decompressor, uint8_t *ret, bool *ret_end,
		      struct error *error)
{
	int r = look_ahead(decompressor, 1, error);

	if (r < 0)
		return r;
	*ret_end = decompressor->ahead_size == 0;
	*ret = *ret_end ? 0 : decompressor->ahead[decompressor->ahead_at];
	return 0;
}

static void drop_ahead(struct decompressor *decompressor, size_t size)
{
	decompressor->ahead_at += size;
	decompressor->ahead_size -= size;
	decompressor->produced += size;
}

static size_t count_zeros(const uint8_t *bytes, size_t size)
{
	size_t n = 0;

	/* If the first is 0 and each is as the one before it, all are. */
	if (size > 0 && bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0)
		return size;
	while (n < size && bytes[n] == 0)
		n++;
	return n;
}

int decompressor_skip_zeros(struct decompressor *decompressor, uint64_t limit,
			    struct error *error)
{
	size_t piece = 1;

	for (;;) {
		int r = look_ahead(decompressor, piece, error);

		if (r < 0 || decompressor->ahead_size == 0)
			return r;
		drop_ahead(decompressor,
			   count_zeros(decompressor->ahead + decompressor->ahead_at,
				       decompressor->ahead_size));
		if (decompressor->ahead_size > 0)
			return 0;
		/*
		 * A fault of the stream hides what was read together with it, so only a
		 * long run is read in big pieces, and never what may have to be given
		 * back.
		 */
		if (decompressor->compression != COMPRESSION_NONE)
			piece = MIN(2 * piece, sizeof(decompressor->ahead));
		if (decompressor->produced > limit)
			return error_set_at(error, -E2BIG, decompressor->produced,
					    "unpacks to more than %" PRIu64 " bytes",
					    limit);
	}
}

int decompressor_read(struct decompressor *decompressor, void *buffer, size_t size,
		      size_t *ret_size, struct error *error)
{
	size_t from_ahead = MIN(size, decompressor->ahead_size), n;
	int r;

	if (from_ahead > 0)
		memcpy(buffer, decompressor->ahead + decompressor->ahead_at, from_ahead);
	r = read_stream(decompressor, (uint8_t *)buffer + from_ahead, size - from_ahead,
			&n, error);
	if (r < 0)
		return r;
	drop_ahead(decompressor, from_ahead);
	decompressor->produced += n;
	*ret_size = n + from_ahead;
	return 0;
}

uint64_t decompressor_consumed(const struct decompressor *decompressor)
{
	uint64_t taken = position(decompressor) - decompressor->start;

	/* Only bytes that are passed on as they are can be given back. */
	if (decompressor->compression == COMPRESSION_NONE)
		taken -= decompressor->ahead_size;
	return taken;
}

uint64_t decompressor_produced(const struct decompressor *decompressor)
{
	return decompressor->produced;
}
