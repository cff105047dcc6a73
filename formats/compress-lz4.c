/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The legacy frame of lz4, as unlz4() of Linux' lib/decompress_unlz4.c (6.12) reads it:
 *
 *	le32 magic | le32 size, block | le32 size, block | ...
 *
 * Each block unpacks to at most 8 MiB. The magic may come again in place of a size, where
 * frames were put one behind the other. Nothing marks the end: it is where fewer than 4
 * bytes are left, or a size is 0, and these bytes are not part of the stream.
 */

#include <inttypes.h>
#include <lz4.h>

#include "formats/compress-native.h"
#include "formats/core/cursor.h"
#include "formats/core/limits.h"

#define LEGACY_MAGIC UINT32_C(0x184c2102) /* ARCHIVE_MAGICNUMBER */
#define FRAME_MAGIC  UINT32_C(0x184d2204) /* lz4_Frame_format.md */
#define BLOCK_SIZE   ((int)(8 * MIB))     /* LZ4_DEFAULT_UNCOMPRESSED_CHUNK_SIZE */
#define MAX_PACKED   ((uint32_t)LZ4_COMPRESSBOUND(BLOCK_SIZE))

struct lz4_state {
	struct compress_block out; /* of BLOCK_SIZE bytes, or NULL before the first */
	uint8_t *packed;           /* one block */
	size_t packed_size;
	bool started; /* the first magic was read */
};

static int lz4_open(struct decompressor *decompressor, struct error *error)
{
	decompressor->state = calloc(1, sizeof(struct lz4_state));
	return decompressor->state ? 0 : error_memory(error);
}

/* decompress_method() has no row for it: "invalid magic at start of compressed archive".
 */
static int frame_format(const struct decompressor *decompressor, struct error *error)
{
	return error_bad(error, compress_position(decompressor),
			 "lz4 magic is 0x%08" PRIx32
			 " (frame format), which the kernel does "
			 "not know; expected 0x%08" PRIx32 " (legacy format, 'lz4 -l')",
			 FRAME_MAGIC, LEGACY_MAGIC);
}

static int large_block(const struct decompressor *decompressor, uint32_t size,
		       struct error *error)
{
	return error_bad(error, compress_position(decompressor),
			 "lz4 data is broken: block of %" PRIu32
			 " bytes, at most %" PRIu32
			 "; other data needs 4 bytes of 0 in front of it",
			 size, MAX_PACKED);
}

static int make_room(struct lz4_state *state, size_t size, struct error *error)
{
	uint8_t *packed;

	if (!state->out.data)
		state->out.data = malloc((size_t)BLOCK_SIZE);
	if (!state->out.data)
		return error_memory(error);
	if (size <= state->packed_size)
		return 0;
	packed = realloc(state->packed, size);
	if (!packed)
		return error_memory(error);
	state->packed = packed;
	state->packed_size = size;
	return 0;
}

static int read_block(struct decompressor *decompressor, uint32_t size,
		      struct error *error)
{
	struct lz4_state *state = decompressor->state;
	uint64_t at = compress_position(decompressor);
	uint64_t left = source_size(decompressor->in) - at;
	int r, n;

	/* Before room is made for what is not there. */
	if (size > left)
		return error_bad(error, source_size(decompressor->in),
				 "lz4 data ends in its middle: block of %" PRIu32
				 " bytes, %" PRIu64 " are left",
				 size, left);
	r = make_room(state, size, error);
	if (r == 0)
		r = compress_copy(decompressor, state->packed, size, error);
	if (r < 0)
		return r;
	n = LZ4_decompress_safe((const char *)state->packed, (char *)state->out.data,
				(int)size, BLOCK_SIZE);
	if (n < 0)
		return error_bad(error, at,
				 "lz4 data is broken: block of %" PRIu32
				 " bytes does not unpack",
				 size);
	state->out.size = (size_t)n;
	state->out.at = 0;
	return 0;
}

static int next_block(struct decompressor *decompressor, struct error *error)
{
	struct lz4_state *state = decompressor->state;
	struct cursor head;
	uint32_t size;
	int r = compress_need(decompressor, 4, error);

	if (r < 0)
		return r;
	head = cursor_make(
		span_make(compress_input(decompressor), decompressor->window_size));
	size = cursor_le32(&head);
	if (!state->started && !cursor_ok(&head))
		return compress_cut(decompressor, error);
	if (cursor_ok(&head) && size == FRAME_MAGIC)
		return frame_format(decompressor, error);
	if (!state->started && size != LEGACY_MAGIC)
		return compress_bad(decompressor, "wrong magic", error);
	if (!cursor_ok(&head) || size == 0) {
		decompressor->ended = true;
		return 0;
	}
	if (size != LEGACY_MAGIC && size > MAX_PACKED)
		return large_block(decompressor, size, error);
	compress_take(decompressor, 4);
	state->started = true;
	return size == LEGACY_MAGIC ? 0 : read_block(decompressor, size, error);
}

static int lz4_step(struct decompressor *decompressor, uint8_t *to, size_t size,
		    size_t *ret_size, struct error *error)
{
	struct lz4_state *state = decompressor->state;
	int r = 0;

	if (state->out.at == state->out.size)
		r = next_block(decompressor, error);
	*ret_size = r < 0 ? 0 : compress_block_give(&state->out, to, size);
	return r;
}

static void lz4_close(struct decompressor *decompressor)
{
	struct lz4_state *state = decompressor->state;

	if (!state)
		return;
	free(state->out.data);
	free(state->packed);
	free(state);
}

const struct compress_method compress_lz4 = {lz4_open, lz4_step, lz4_close};
