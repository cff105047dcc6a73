/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/compress.h"

#include <inttypes.h>

#include "formats/compress-native.h"
#include "formats/core/limits.h"

#define WINDOW_SIZE (256 * KIB)

static const struct {
	const char *name;
	uint8_t magic[6];
	size_t magic_size;
	const struct compress_method *method;
} compressions[] = {
	[COMPRESSION_NONE] = {"none", {0}, 0, NULL},
	[COMPRESSION_GZIP] = {"gzip", {0x1f, 0x8b}, 2, &compress_gzip},
	[COMPRESSION_XZ] = {"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6, &compress_xz},
	[COMPRESSION_ZSTD] = {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4, &compress_zstd},
	/* The properties of nearly all encoders; the dictionary's size follows. */
	[COMPRESSION_LZMA] = {"lzma", {0x5d, 0x00}, 2, &compress_lzma},
	[COMPRESSION_BZIP2] = {"bzip2", {'B', 'Z', 'h'}, 3, &compress_bzip2},
	[COMPRESSION_LZ4] = {"lz4", {0x02, 0x21, 0x4c, 0x18}, 4, &compress_lz4},
	[COMPRESSION_LZO] = {"lzo", {0x89, 'L', 'Z', 'O'}, 4, &compress_lzo},
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

void decompressor_free(struct decompressor *decompressor)
{
	if (!decompressor)
		return;
	if (decompressor->method)
		decompressor->method->close(decompressor);
	source_unref(decompressor->in);
	free(decompressor->window);
	free(decompressor);
}

int decompressor_open(enum compression compression, struct source *in, uint64_t offset,
		      struct decompressor **ret, struct error *error)
{
	_cleanup_(decompressor_freep) struct decompressor *decompressor =
		calloc(1, sizeof(*decompressor));
	int r = 0;

	if (!decompressor)
		return error_memory(error);
	decompressor->compression = compression;
	decompressor->method = compressions[compression].method;
	decompressor->in = source_ref(in);
	decompressor->start = decompressor->at = offset;
	decompressor->limit = UINT64_MAX;
	decompressor->window = malloc(WINDOW_SIZE);
	if (!decompressor->window)
		return error_memory(error);
	if (decompressor->method)
		r = decompressor->method->open(decompressor, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(decompressor);
	return 0;
}

uint64_t compress_position(const struct decompressor *decompressor)
{
	return decompressor->at - decompressor->window_size;
}

int compress_need(struct decompressor *decompressor, size_t size, struct error *error)
{
	uint64_t left = source_size(decompressor->in) - decompressor->at;
	size_t have = decompressor->window_size;
	size_t n = (size_t)MIN(left, WINDOW_SIZE - have);
	int r;

	if (have >= size || n == 0)
		return 0;
	memmove(decompressor->window, compress_input(decompressor), have);
	decompressor->window_at = 0;
	r = source_read(decompressor->in, decompressor->at, decompressor->window + have,
			n, error);
	if (r < 0)
		return r;
	decompressor->at += n;
	decompressor->window_size += n;
	return 0;
}

void compress_take(struct decompressor *decompressor, size_t size)
{
	decompressor->window_at += size;
	decompressor->window_size -= size;
}

int compress_copy(struct decompressor *decompressor, void *buffer, size_t size,
		  struct error *error)
{
	uint64_t left = source_size(decompressor->in) - compress_position(decompressor);
	size_t have = MIN(size, decompressor->window_size);
	int r;

	if (size > left)
		return compress_cut(decompressor, error);
	memcpy(buffer, compress_input(decompressor), have);
	compress_take(decompressor, have);
	if (have == size)
		return 0;
	r = source_read(decompressor->in, decompressor->at, (uint8_t *)buffer + have,
			size - have, error);
	if (r < 0)
		return r;
	decompressor->at += size - have;
	return 0;
}

int compress_bad(const struct decompressor *decompressor, const char *what,
		 struct error *error)
{
	return error_bad(error, compress_position(decompressor), "%s data is broken: %s",
			 compression_name(decompressor->compression), what);
}

int compress_cut(const struct decompressor *decompressor, struct error *error)
{
	return error_bad(error, source_size(decompressor->in),
			 "%s data ends in its middle",
			 compression_name(decompressor->compression));
}

int compress_large_window(const struct decompressor *decompressor, struct error *error)
{
	return error_set_at(error, -E2BIG, compress_position(decompressor),
			    "%s data wants a window of more than %" PRIu64 " bytes",
			    compression_name(decompressor->compression),
			    LIMIT_DECOMPRESS_WINDOW);
}

static size_t step_none(struct decompressor *decompressor, uint8_t *to, size_t size)
{
	size_t n = MIN(size, decompressor->window_size);

	memcpy(to, compress_input(decompressor), n);
	compress_take(decompressor, n);
	decompressor->ended = n == 0;
	return n;
}

static int read_stream(struct decompressor *decompressor, uint8_t *buffer, size_t size,
		       size_t *ret_size, struct error *error)
{
	size_t done = 0;

	while (done < size && !decompressor->ended) {
		uint64_t before = compress_position(decompressor);
		size_t n = 0;
		int r = compress_need(decompressor, 1, error);

		if (r < 0)
			return r;
		if (decompressor->method)
			r = decompressor->method->step(decompressor, buffer + done,
						       size - done, &n, error);
		else
			n = step_none(decompressor, buffer + done, size - done);
		if (r < 0)
			return r;
		done += n;
		if (n == 0 && compress_position(decompressor) == before &&
		    !decompressor->ended)
			return compress_cut(decompressor, error);
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

static int check_limit(const struct decompressor *decompressor, struct error *error)
{
	if (decompressor->produced <= decompressor->limit)
		return 0;
	return error_set_at(error, -E2BIG, decompressor->limit,
			    "unpacks to more than %" PRIu64 " bytes",
			    decompressor->limit);
}

void decompressor_limit(struct decompressor *decompressor, uint64_t limit)
{
	decompressor->limit = limit;
}

int decompressor_skip_zeros(struct decompressor *decompressor, struct error *error)
{
	size_t piece = 1;

	for (;;) {
		int r = look_ahead(decompressor, piece, error);

		if (r == 0)
			r = check_limit(decompressor, error);
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
	r = check_limit(decompressor, error);
	if (r < 0)
		return r;
	*ret_size = n + from_ahead;
	return 0;
}

uint64_t decompressor_consumed(const struct decompressor *decompressor)
{
	uint64_t taken = compress_position(decompressor) - decompressor->start;

	/* Only bytes that are passed on as they are can be given back. */
	if (decompressor->compression == COMPRESSION_NONE)
		taken -= decompressor->ahead_size;
	return taken;
}

uint64_t decompressor_produced(const struct decompressor *decompressor)
{
	return decompressor->produced;
}
