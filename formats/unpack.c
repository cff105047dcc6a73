/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/unpack.h"

#include <inttypes.h>
#include <stdlib.h>

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

static int unpack_stream(enum compression compression, struct source *packed,
			 uint64_t limit, struct source **ret, struct error *error)
{
	_cleanup_(decompressor_freep) struct decompressor *decompressor = NULL;
	struct growing growing = {0};
	uint8_t *data;
	int r;

	limit = MIN(limit, LIMIT_UNPACK_SMALL + LIMIT_UNPACK_RATIO * source_size(packed));
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

int unpack_whole(enum compression compression, struct source *packed, uint64_t limit,
		 struct source **ret, struct error *error)
{
	uint8_t *data;
	size_t size;
	int r;

	if (compression != COMPRESSION_NONE)
		return unpack_stream(compression, packed, limit, ret, error);
	if (source_size(packed) > limit)
		return error_set(error, -E2BIG,
				 "has %" PRIu64 " bytes, at most %" PRIu64 " are read",
				 source_size(packed), limit);
	if (source_memory(packed).data) {
		*ret = source_ref(packed);
		return 0;
	}
	r = source_read_all(packed, limit, &data, &size, error);
	return r < 0 ? r : take(data, size, ret, error);
}
