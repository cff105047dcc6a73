/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/unpack.h"

#include <inttypes.h>
#include <stdlib.h>

#include "formats/compress-native.h"
#include "formats/core/limits.h"

#define FIRST_PIECE (256 * KIB)

struct growing {
	uint8_t *data;
	size_t size, allocated; /* bytes */
};

/* Doubles, so that memory follows what the stream gave and not what it claims. */
static int grow(struct growing *growing, uint64_t limit, struct error *error)
{
	size_t more = MAX(2 * growing->allocated, (size_t)FIRST_PIECE);
	uint8_t *data;

	/* One byte over the limit shows that there is more. */
	more = MIN(more, (size_t)limit + 1);
	data = realloc(growing->data, more);
	if (!data)
		return error_memory(error);
	growing->data = data;
	growing->allocated = more;
	return 0;
}

static int unpack(struct decompressor *decompressor, uint64_t limit,
		  struct growing *growing, struct error *error)
{
	for (;;) {
		size_t wanted, n;
		int r = grow(growing, limit, error);

		if (r < 0)
			return r;
		wanted = growing->allocated - growing->size;
		r = decompressor_read(decompressor, growing->data + growing->size, wanted,
				      &n, error);
		if (r < 0)
			return r;
		growing->size += n;
		if (growing->size > limit)
			return error_set(error, -E2BIG,
					 "unpacks to more than %" PRIu64 " bytes", limit);
		if (n < wanted)
			return 0;
	}
}

/* Takes over the bytes, also on failure. */
static int take(uint8_t *data, size_t size, struct source **ret, struct error *error)
{
	struct source *source = source_take_memory(data, size);

	if (!source)
		return error_memory(error);
	*ret = source;
	return 0;
}

/* 0 without @ret: not in this way. */
static int unpack_zstd(struct source *packed, uint64_t limit, struct source **ret,
		       struct error *error)
{
	_cleanup_free_ uint8_t *owned = NULL;
	struct span bytes = source_memory(packed);
	uint8_t *data;
	size_t size;
	int r;

	if (!bytes.data) {
		r = source_read_all(packed, limit, &owned, &bytes.size, error);
		if (r < 0)
			return r;
		bytes.data = owned;
	}
	if (!compress_zstd_whole(bytes, (size_t)limit, &data, &size))
		return 0;
	return take(data, size, ret, error);
}

static int unpack_stream(enum compression compression, struct source *packed,
			 uint64_t limit, struct source **ret, struct error *error)
{
	_cleanup_(decompressor_freep) struct decompressor *decompressor = NULL;
	struct growing growing = {0};
	uint8_t *data;
	int r;

	r = decompressor_open(compression, packed, 0, &decompressor, error);
	if (r == 0)
		r = unpack(decompressor, limit, &growing, error);
	if (r < 0) {
		free(growing.data);
		return r;
	}
	/* The larger block is as good. */
	data = realloc(growing.data, MAX(growing.size, (size_t)1));
	return take(data ? data : growing.data, growing.size, ret, error);
}

static int read_plain(struct source *source, struct source **ret, struct error *error)
{
	uint8_t *data;
	size_t size;
	int r;

	if (source_memory(source).data) {
		*ret = source_ref(source);
		return 0;
	}
	r = source_read_all(source, UINT64_MAX, &data, &size, error);
	return r < 0 ? r : take(data, size, ret, error);
}

int unpack_whole(enum compression compression, struct source *packed, uint64_t limit,
		 struct source **ret, struct error *error)
{
	struct source *unpacked = NULL;
	int r;

	if (source_size(packed) > limit)
		return error_set(error, -E2BIG,
				 "has %" PRIu64 " bytes, at most %" PRIu64 " are read",
				 source_size(packed), limit);
	if (compression == COMPRESSION_NONE)
		return read_plain(packed, ret, error);
	limit = MIN(limit, LIMIT_UNPACK_SMALL + LIMIT_UNPACK_RATIO * source_size(packed));
	if (compression == COMPRESSION_ZSTD) {
		r = unpack_zstd(packed, limit, &unpacked, error);
		if (r < 0)
			return r;
	}
	if (!unpacked)
		return unpack_stream(compression, packed, limit, ret, error);
	*ret = unpacked;
	return 0;
}
