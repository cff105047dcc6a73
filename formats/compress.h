/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Decompression of a stream inside a source, which tells how many input bytes it took:
 * the members of an initrd follow each other without any index.
 *
 * Specification: RFC 1952 (gzip), the .xz file format 1.2.1, lzma-file-format.txt of XZ
 * Utils, RFC 8878 (zstd), bzip2 1.0.8, lz4_Frame_format.md of lz4 ("Legacy frame"), the
 * container of lzop 1.04; and for what the kernel takes lib/decompress.c and
 * lib/decompress_*.c of Linux 6.12. Read: none (bytes as they are) and all that the
 * kernel reads, each as one stream: what follows it is the next member.
 *
 *   lzma   with the size in the header or a mark at the end
 *   lz4    the legacy frame (lz4 -l), whose end nothing marks: it is where a block's size
 *          is 0 or fewer than 4 bytes are left. These bytes are not taken. Data cut
 *          between two blocks is therefore whole, and another member right behind, or
 *          behind fewer than 4 bytes of 0, is taken for a block: -EBADMSG. Frames one
 *          behind the other are one stream. The frame format (lz4 without -l) is not in
 *          the kernel's table of magic numbers: recognised, to be named in the -EBADMSG.
 *   lzo    lzop with blocks of at most 256 KiB. As in the kernel no checksum is looked
 *          at, and a block that has none, or two (lzop -F, lzop -CC), is -EBADMSG.
 *
 * lzma and lz4 have no checksum of their own: a wrong bit there may go unseen.
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
 * From now on -E2BIG where more than @limit bytes are read from the start of the stream:
 * the whole is bounded, however little there is of it.
 */
void decompressor_limit(struct decompressor *decompressor, uint64_t limit);

/*
 * Reads up to @size bytes; *@ret_size is less than @size only at the end of the stream.
 * -EBADMSG, with the offset in the source, when the stream is broken or cut; -E2BIG over
 * LIMIT_DECOMPRESS_WINDOW or decompressor_limit(); -EOPNOTSUPP for a filter of xz that is
 * not read.
 */
int decompressor_read(struct decompressor *decompressor, void *buffer, size_t size,
		      size_t *ret_size, struct error *error);

/*
 * The next byte, which stays to be read. *@ret_end is true, and there is none, at the end
 * of the stream. Errors as decompressor_read().
 */
int decompressor_peek(struct decompressor *decompressor, uint8_t *ret, bool *ret_end,
		      struct error *error);

/* Passes over all zeros that come next, many at once. Errors as decompressor_read(). */
int decompressor_skip_zeros(struct decompressor *decompressor, struct error *error);

/* Input bytes taken so far; after the end of the stream, exactly those of the member. */
uint64_t decompressor_consumed(const struct decompressor *decompressor);

/* Output bytes given so far. */
uint64_t decompressor_produced(const struct decompressor *decompressor);
