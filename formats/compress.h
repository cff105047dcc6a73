/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Decompression of a stream inside a source, which tells how many input bytes it took:
 * the members of an initrd follow each other without any index.
 *
 * Specification: RFC 1952 (gzip), the .xz file format 1.2.1, RFC 8878 (zstd); detection
 * by the magic numbers of the kernel's lib/decompress.c. Read: none (bytes as they are),
 * gzip, xz, zstd. Recognised, not read (-EOPNOTSUPP): lzma, bzip2, lz4, lzo.
 */

#include "formats/core/source.h"

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_XZ,
	COMPRESSION_ZSTD,
	COMPRESSION_LZMA,
	COMPRESSION_BZIP2,
	COMPRESSION_LZ4,
	COMPRESSION_LZO,
};

const char *compression_name(enum compression compression);

/* From the first bytes (8 are enough) of a member; COMPRESSION_NONE if no magic matches.
 */
enum compression compression_detect(struct span head);

struct decompressor;

/* Starts at @offset of @in, which it keeps a reference to. */
int decompressor_open(enum compression compression, struct source *in, uint64_t offset,
		      struct decompressor **ret, struct error *error);
void decompressor_free(struct decompressor *decompressor);
DEFINE_CLEANUP(struct decompressor *, decompressor_free);

/*
 * Reads up to @size bytes; *@ret_size is less than @size only at the end of the stream.
 * -EBADMSG, with the offset in the source, when the stream is broken or cut.
 */
int decompressor_read(struct decompressor *decompressor, void *buffer, size_t size,
		      size_t *ret_size, struct error *error);

/*
 * The next byte, which stays to be read. *@ret_end is true, and there is none, at the end
 * of the stream. Errors as decompressor_read().
 */
int decompressor_peek(struct decompressor *decompressor, uint8_t *ret, bool *ret_end,
		      struct error *error);

/*
 * Passes over all zeros that come next, many at once. -E2BIG when more than @limit bytes
 * were given then; errors as decompressor_read().
 */
int decompressor_skip_zeros(struct decompressor *decompressor, uint64_t limit,
			    struct error *error);

/* Input bytes taken so far; after the end of the stream, exactly those of the member. */
uint64_t decompressor_consumed(const struct decompressor *decompressor);

/* Output bytes given so far. */
uint64_t decompressor_produced(const struct decompressor *decompressor);
