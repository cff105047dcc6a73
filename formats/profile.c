/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/profile.h"

#include <inttypes.h>
#include <string.h>
#include <zstd.h>

#include "formats/compress.h"
#include "formats/core/limits.h"
#include "formats/core/strbuf.h"

/* Twice as long as 12 takes, for 5 % less; a profile is written once. */
#define LEVEL     19

/* The same names are at both ends of a text: all of it is in the window. */
#define WINDOW    25 /* its logarithm: 32 MiB */

#define HEAD      "{\"format\":\"" PROFILE_FORMAT "\","
#define HEAD_SIZE (sizeof(HEAD) - 1)

static int open_frame(struct source *source, struct decompressor **ret,
		      struct error *error)
{
	uint8_t head[8];
	int r;

	if (source_size(source) < sizeof(head))
		return error_bad(error, source_size(source), "is no zstd frame");
	r = source_read(source, 0, head, sizeof(head), error);
	if (r < 0)
		return r;
	if (compression_detect(span_make(head, sizeof(head))) != COMPRESSION_ZSTD)
		return error_bad(error, 0, "is no zstd frame");
	return decompressor_open(COMPRESSION_ZSTD, source, 0, ret, error);
}

bool profile_probe(struct source *source)
{
	_cleanup_(decompressor_freep) struct decompressor *frame = NULL;
	char head[HEAD_SIZE];
	size_t size;

	return open_frame(source, &frame, NULL) == 0 &&
	       decompressor_read(frame, head, sizeof(head), &size, NULL) == 0 &&
	       size == sizeof(head) && memcmp(head, HEAD, sizeof(head)) == 0;
}

/* The buffer grows with the bytes that came, not with what the frame says of itself. */
static int unpack(struct decompressor *frame, struct strbuf *text, struct error *error)
{
	_cleanup_free_ char *piece = malloc(256 * KIB);
	size_t size;
	int r;

	if (!piece)
		return error_memory(error);
	do {
		r = decompressor_read(frame, piece, 256 * KIB, &size, error);
		if (r < 0)
			return r;
		if (text->size + size > LIMIT_PROFILE)
			return error_set(error, -E2BIG,
					 "unpacks to more than %" PRIu64 " bytes",
					 LIMIT_PROFILE);
		strbuf_add(text, piece, size);
	} while (size == 256 * KIB);
	return strbuf_ok(text) ? 0 : error_memory(error);
}

int profile_unpack(struct source *source, char **ret, size_t *ret_size,
		   struct error *error)
{
	_cleanup_(decompressor_freep) struct decompressor *frame = NULL;
	_cleanup_strbuf_ struct strbuf text = {0};
	uint64_t end;
	int r;

	r = open_frame(source, &frame, error);
	if (r == 0)
		r = unpack(frame, &text, error);
	if (r < 0)
		return r;
	end = decompressor_consumed(frame);
	if (end != source_size(source))
		return error_bad(error, end,
				 "has %" PRIu64 " bytes behind the profile's end",
				 source_size(source) - end);
	*ret_size = text.size;
	*ret = strbuf_take(&text);
	return *ret ? 0 : error_memory(error);
}

static void free_context(ZSTD_CCtx **context)
{
	(void)ZSTD_freeCCtx(*context);
}

int profile_pack(struct span text, uint8_t **ret, size_t *ret_size, struct error *error)
{
	_cleanup_(free_context) ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t size = ZSTD_compressBound(text.size);
	_cleanup_free_ uint8_t *packed = malloc(size);

	if (!context || !packed ||
	    ZSTD_isError(
		    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, WINDOW)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)))
		return error_memory(error);
	size = ZSTD_compress2(context, packed, size, text.data, text.size);
	/* All of it is in memory: only more memory can be missing. */
	if (ZSTD_isError(size))
		return error_memory(error);
	*ret = TAKE_PTR(packed);
	*ret_size = size;
	return 0;
}
