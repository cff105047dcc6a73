/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One physical cluster of EROFS, decompressed in one go, and what the superblock says of
 * the algorithms (fs/erofs/decompressor*.c, 6.12).
 */

#include <inttypes.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/erofs-image.h"

#define MAX_LZMA_DICTIONARY (8 * MIB) /* Z_EROFS_LZMA_MAX_DICT_SIZE */
#define MIN_LZMA_DICTIONARY 4096
#define MAX_ZSTD_WINDOW     20 /* bits: Z_EROFS_ZSTD_MAX_DICT_SIZE is 1 MiB */
#define MIN_ZSTD_WINDOW     10 /* bits, which the superblock leaves out */
#define MAX_PCLUSTER        MIB
#define MAX_CONFIG          16

/* What is to be decompressed: all of @in to exactly @out, or to its beginning only. */
struct job {
	const struct erofs_super *super;
	struct span in;
	uint8_t *out;
	size_t out_size;
	bool partial; /* there may be more than @out takes */
};

static const char *const names[EROFS_N_ALGORITHMS] = {
	[EROFS_LZ4] = "lz4",
	[EROFS_LZMA] = "lzma",
	[EROFS_DEFLATE] = "deflate",
	[EROFS_ZSTD] = "zstd",
};

const char *erofs_algorithm_name(enum erofs_algorithm algorithm)
{
	return names[algorithm];
}

const char *erofs_algorithm_option(enum erofs_algorithm algorithm)
{
	static const char *const options[EROFS_N_ALGORITHMS] = {
		[EROFS_LZ4] = "CONFIG_EROFS_FS_ZIP",
		[EROFS_LZMA] = "CONFIG_EROFS_FS_ZIP_LZMA",
		[EROFS_DEFLATE] = "CONFIG_EROFS_FS_ZIP_DEFLATE",
		[EROFS_ZSTD] = "CONFIG_EROFS_FS_ZIP_ZSTD",
	};

	return options[algorithm];
}

static int lz4(const struct job *job, size_t *ret_size)
{
	int in_size = (int)job->in.size, out_size = (int)job->out_size, n;
	const char *in = (const char *)job->in.data;

	/* Before Linux 5.3 nothing said where the compressed bytes end. */
	if (job->partial || !(job->super->features & EROFS_ZERO_PADDING))
		n = LZ4_decompress_safe_partial(in, (char *)job->out, in_size, out_size,
						out_size);
	else
		n = LZ4_decompress_safe(in, (char *)job->out, in_size, out_size);
	*ret_size = n < 0 ? 0 : (size_t)n;
	return n < 0 ? -EBADMSG : 0;
}

/* An LZMA stream whose first byte holds its properties, and which does not say its end.
 */
static int lzma(const struct job *job, size_t *ret_size)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret result =
		lzma_microlzma_decoder(&stream, job->in.size, job->out_size,
				       !job->partial, job->super->lzma_dictionary);

	stream.next_in = job->in.data;
	stream.avail_in = job->in.size;
	stream.next_out = job->out;
	stream.avail_out = job->out_size;
	if (result == LZMA_OK)
		result = lzma_code(&stream, LZMA_FINISH);
	*ret_size = stream.total_out;
	lzma_end(&stream);
	if (result == LZMA_MEM_ERROR)
		return -ENOMEM;
	return result == LZMA_STREAM_END ? 0 : -EBADMSG;
}

static int deflate_raw(const struct job *job, size_t *ret_size)
{
	z_stream stream = {
		.next_in = (uint8_t *)job->in.data,
		.avail_in = (uInt)job->in.size,
		.next_out = job->out,
		.avail_out = (uInt)job->out_size,
	};
	int result = inflateInit2(&stream, -MAX_WBITS);

	if (result != Z_OK)
		return -ENOMEM;
	result = inflate(&stream, job->partial ? Z_SYNC_FLUSH : Z_FINISH);
	*ret_size = stream.total_out;
	(void)inflateEnd(&stream);
	if (result == Z_MEM_ERROR)
		return -ENOMEM;
	return result == Z_STREAM_END || (job->partial && result == Z_OK) ? 0 : -EBADMSG;
}

static int zstd(const struct job *job, size_t *ret_size)
{
	ZSTD_inBuffer in = {.src = job->in.data, .size = job->in.size};
	ZSTD_outBuffer out = {.dst = job->out, .size = job->out_size};
	ZSTD_DCtx *context = ZSTD_createDCtx();
	size_t left;

	if (!context)
		return -ENOMEM;
	(void)ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax,
				     (int)job->super->zstd_window_bits);
	left = ZSTD_decompressStream(context, &out, &in);
	ZSTD_freeDCtx(context);
	*ret_size = out.pos;
	return ZSTD_isError(left) || (left != 0 && !job->partial) ? -EBADMSG : 0;
}

static int (*const decompressors[EROFS_N_ALGORITHMS])(const struct job *, size_t *) = {
	[EROFS_LZ4] = lz4,
	[EROFS_LZMA] = lzma,
	[EROFS_DEFLATE] = deflate_raw,
	[EROFS_ZSTD] = zstd,
};

int erofs_decompress(const struct erofs_image *image, const struct erofs_extent *extent,
		     const uint8_t *in, uint8_t *out, struct error *error)
{
	const struct erofs_super *super = &image->super;
	size_t start = 0, size = (size_t)extent->stored, n = 0;
	size_t in_block = (size_t)(extent->at % super->info.block_size);
	size_t limit = MIN(size, super->info.block_size - in_block);
	struct job job = {super, {0}, out, (size_t)extent->size, extent->partial};
	int r;

	/* Compressed bytes end where the cluster does; zeros fill it up in front. */
	if (extent->algorithm != EROFS_LZ4 || (super->features & EROFS_ZERO_PADDING))
		while (start < limit && in[start] == 0)
			start++;
	if (start == limit)
		return error_bad(error, extent->at,
				 "cluster of %zu bytes begins with %zu zeros, must begin "
				 "with less",
				 size, start);
	job.in = span_make(in + start, size - start);
	r = decompressors[extent->algorithm](&job, &n);
	if (r == -ENOMEM)
		return error_memory(error);
	if (r < 0 || n != job.out_size)
		return error_bad(error, extent->at,
				 "cluster of %zu bytes cannot be decompressed with %s: "
				 "gives %zu bytes, must be %zu",
				 size, names[extent->algorithm], n, job.out_size);
	return 0;
}

static int config_lz4(struct erofs_super *super, struct cursor *cursor)
{
	unsigned n_blocks;

	cursor_skip(cursor, 2);
	n_blocks = cursor_le16(cursor);
	cursor_skip(cursor, 10);
	return n_blocks > MAX_PCLUSTER >> super->block_bits ? -EBADMSG : 0;
}

static int config_lzma(struct erofs_super *super, struct cursor *cursor)
{
	unsigned format;

	super->lzma_dictionary = cursor_le32(cursor);
	format = cursor_le16(cursor);
	cursor_skip(cursor, 8);
	return format != 0 || super->lzma_dictionary < MIN_LZMA_DICTIONARY ||
			       super->lzma_dictionary > MAX_LZMA_DICTIONARY
		       ? -EBADMSG
		       : 0;
}

static int config_deflate(struct erofs_super *super, struct cursor *cursor)
{
	unsigned window_bits = cursor_u8(cursor);

	cursor_skip(cursor, 5);
	return window_bits > MAX_WBITS ? -EBADMSG : 0;
}

static int config_zstd(struct erofs_super *super, struct cursor *cursor)
{
	unsigned format = cursor_u8(cursor);

	super->zstd_window_bits = MIN_ZSTD_WINDOW + cursor_u8(cursor);
	cursor_skip(cursor, 4);
	return format != 0 || super->zstd_window_bits > MAX_ZSTD_WINDOW ? -EBADMSG : 0;
}

static int (*const configs[EROFS_N_ALGORITHMS])(struct erofs_super *, struct cursor *) = {
	[EROFS_LZ4] = config_lz4,
	[EROFS_LZMA] = config_lzma,
	[EROFS_DEFLATE] = config_deflate,
	[EROFS_ZSTD] = config_zstd,
};

/* Two bytes of length, then that many; each stands on a multiple of four. */
static int read_config(const struct source *source, enum erofs_algorithm algorithm,
		       uint64_t *at, struct erofs_super *super, struct error *error)
{
	uint8_t bytes[MAX_CONFIG];
	struct cursor cursor;
	size_t size;
	int r = source_read(source, *at, bytes, 2, error);

	if (r < 0)
		return r;
	size = bytes[0] | (size_t)bytes[1] << 8;
	cursor = cursor_make(span_make(bytes, MIN(size, sizeof(bytes))));
	r = source_read(source, *at + 2, bytes, cursor.span.size, error);
	if (r < 0)
		return r;
	if (configs[algorithm](super, &cursor) < 0 || !cursor_ok(&cursor))
		return error_bad(error, *at,
				 "superblock has %zu bytes on %s which Linux refuses",
				 size, names[algorithm]);
	*at = (*at + 2 + size + 3) / 4 * 4;
	return 0;
}

int erofs_read_algorithms(const struct source *source, uint64_t at, unsigned algorithms,
			  struct erofs_super *super, struct error *error)
{
	if (!(super->features & EROFS_COMPRESSION)) {
		super->info.algorithms = 1U << EROFS_LZ4;
		return 0;
	}
	if (algorithms >> EROFS_N_ALGORITHMS)
		return error_set(error, -EOPNOTSUPP,
				 "erofs has the compression algorithms %#x, of which %#x "
				 "are not read here",
				 algorithms,
				 algorithms >> EROFS_N_ALGORITHMS << EROFS_N_ALGORITHMS);
	super->info.algorithms = algorithms;
	super->info.announces = true;
	for (enum erofs_algorithm i = 0; i < EROFS_N_ALGORITHMS; i++) {
		int r;

		if (!(algorithms & 1U << i))
			continue;
		r = read_config(source, i, &at, super, error);
		if (r < 0)
			return r;
	}
	return 0;
}
