/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The container of lzop, as unlzo() of Linux' lib/decompress_unlzo.c (6.12) reads it, all
 * numbers big-endian:
 *
 *	magic 9 | version 2, library 2, needed 2, method 1, level 1 (from 0x0940 on)
 *	flags 4, filter 4 (by its flag) | mode 4, mtime 4, high half 4 (from 0x0940 on)
 *	name's size 1, name | checksum 4
 *
 *	unpacked size 4 | packed size 4 | checksum 4 | block          for each block
 *	0 4
 *
 * The kernel looks at no checksum and takes it for granted that a block has exactly one,
 * which is what lzop does without options.
 */

#include <inttypes.h>
#include <lzo/lzo1x.h>

#include "formats/compress-native.h"
#include "formats/core/cursor.h"
#include "formats/core/limits.h"

#define BLOCK_SIZE       (256 * KIB) /* LZO_BLOCK_SIZE */
#define MAX_HEADER       (9 + 8 + 8 + 12 + 1 + 255 + 4)

#define FLAG_ADLER32     0x0001 /* one checksum of the unpacked block */
#define FLAG_ADLER32_LZO 0x0002 /* one of the packed block, unless it is stored */
#define FLAG_CRC32       0x0100
#define FLAG_CRC32_LZO   0x0200
#define FLAG_FILTER      0x0800

static const uint8_t magic[] = {0x89, 'L', 'Z', 'O', 0, '\r', '\n', 0x1a, '\n'};

struct lzo_state {
	uint8_t *packed; /* room for BLOCK_SIZE bytes, as in @out */
	struct compress_block out;
	uint32_t flags;
	bool started; /* the header was read */
};

static int lzo_open(struct decompressor *decompressor, struct error *error)
{
	struct lzo_state *state = calloc(1, sizeof(*state));

	decompressor->state = state;
	if (!state)
		return error_memory(error);
	state->packed = malloc(BLOCK_SIZE);
	state->out.data = malloc(BLOCK_SIZE);
	if (!state->packed || !state->out.data)
		return error_memory(error);
	if (lzo_init() != LZO_E_OK)
		return error_set(error, -ELIBBAD, "liblzo2 does not fit this program");
	return 0;
}

static uint32_t take_be(struct cursor *cursor, size_t size)
{
	struct span taken = cursor_take(cursor, size);
	uint32_t value = 0;

	for (size_t i = 0; i < taken.size; i++)
		value = value << 8 | taken.data[i];
	return value;
}

static struct cursor window_cursor(const struct decompressor *decompressor)
{
	return cursor_make(
		span_make(compress_input(decompressor), decompressor->window_size));
}

/* parse_header() */
static int read_header(struct decompressor *decompressor, struct error *error)
{
	struct lzo_state *state = decompressor->state;
	int r = compress_need(decompressor, MAX_HEADER, error);
	struct cursor header;
	uint32_t version;

	if (r < 0)
		return r;
	header = window_cursor(decompressor);
	if (memcmp(header.span.data, magic, MIN(header.span.size, sizeof(magic))) != 0)
		return compress_bad(decompressor, "wrong magic", error);
	cursor_skip(&header, sizeof(magic));
	version = take_be(&header, 2);
	cursor_skip(&header, 2 + 2 + 1);
	if (version >= 0x0940)
		cursor_skip(&header, 1);
	state->flags = take_be(&header, 4);
	if (state->flags & FLAG_FILTER)
		cursor_skip(&header, 4);
	cursor_skip(&header, version >= 0x0940 ? 12 : 8);
	cursor_skip(&header, cursor_u8(&header));
	cursor_skip(&header, 4);
	if (!cursor_ok(&header))
		return compress_cut(decompressor, error);
	compress_take(decompressor, header.at);
	state->started = true;
	return 0;
}

static unsigned count_sums(uint32_t flags, bool stored)
{
	return !!(flags & FLAG_ADLER32) + !!(flags & FLAG_CRC32) +
	       (!stored && (flags & FLAG_ADLER32_LZO)) +
	       (!stored && (flags & FLAG_CRC32_LZO));
}

static int check_block(const struct decompressor *decompressor, uint32_t packed,
		       uint32_t unpacked, struct error *error)
{
	const struct lzo_state *state = decompressor->state;
	unsigned n_sums = count_sums(state->flags, packed == unpacked);

	if (packed == 0 || packed > unpacked)
		return error_bad(error, compress_position(decompressor),
				 "lzo data is broken: block of %" PRIu32
				 " bytes, must be between 1 and %" PRIu32,
				 packed, unpacked);
	if (n_sums != 1)
		return error_bad(error, compress_position(decompressor),
				 "lzo block has %u checksums, the kernel expects 1",
				 n_sums);
	return 0;
}

static int read_block(struct decompressor *decompressor, uint32_t packed,
		      uint32_t unpacked, struct error *error)
{
	struct lzo_state *state = decompressor->state;
	bool stored = packed == unpacked;
	uint64_t at = compress_position(decompressor);
	lzo_uint size = unpacked;
	int r = compress_copy(decompressor, stored ? state->out.data : state->packed,
			      packed, error);

	if (r < 0)
		return r;
	if (!stored && (lzo1x_decompress_safe(state->packed, packed, state->out.data,
					      &size, NULL) != LZO_E_OK ||
			size != unpacked))
		return error_bad(error, at,
				 "lzo data is broken: block of %" PRIu32
				 " bytes does not unpack to %" PRIu32,
				 packed, unpacked);
	state->out.size = unpacked;
	state->out.at = 0;
	return 0;
}

static int next_block(struct decompressor *decompressor, struct error *error)
{
	struct cursor head;
	uint32_t unpacked, packed;
	int r = compress_need(decompressor, 12, error);

	if (r < 0)
		return r;
	head = window_cursor(decompressor);
	unpacked = take_be(&head, 4);
	if (!cursor_ok(&head))
		return compress_cut(decompressor, error);
	if (unpacked == 0) {
		compress_take(decompressor, 4);
		decompressor->ended = true;
		return 0;
	}
	if (unpacked > BLOCK_SIZE)
		return error_bad(error, compress_position(decompressor),
				 "lzo data is broken: block unpacks to %" PRIu32
				 " bytes, at most %" PRIu64,
				 unpacked, BLOCK_SIZE);
	packed = take_be(&head, 4);
	cursor_skip(&head, 4);
	if (!cursor_ok(&head))
		return compress_cut(decompressor, error);
	r = check_block(decompressor, packed, unpacked, error);
	if (r < 0)
		return r;
	compress_take(decompressor, head.at);
	return read_block(decompressor, packed, unpacked, error);
}

static int lzo_step(struct decompressor *decompressor, uint8_t *to, size_t size,
		    size_t *ret_size, struct error *error)
{
	struct lzo_state *state = decompressor->state;
	int r = 0;

	if (!state->started)
		r = read_header(decompressor, error);
	else if (state->out.at == state->out.size)
		r = next_block(decompressor, error);
	*ret_size = r < 0 ? 0 : compress_block_give(&state->out, to, size);
	return r;
}

static void lzo_close(struct decompressor *decompressor)
{
	struct lzo_state *state = decompressor->state;

	if (!state)
		return;
	free(state->packed);
	free(state->out.data);
	free(state);
}

const struct compress_method compress_lzo = {lzo_open, lzo_step, lzo_close};
