/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the files about compressed streams share: the window on the input, and one method
 * for each kind of compression. The contract with all others is compress.h.
 */

#include "formats/compress.h"

struct compress_method {
	/* Makes @state; -ENOMEM. What it left behind is @close's, also after an error. */
	int (*open)(struct decompressor *decompressor, struct error *error);
	/*
	 * Takes from the window, which is empty only at the end of the input, and gives
	 * up to @size bytes, at least one. Sets @ended at the end of the stream. Giving
	 * none and taking none says that the input ends too early.
	 */
	int (*step)(struct decompressor *decompressor, uint8_t *to, size_t size,
		    size_t *ret_size, struct error *error);
	/* Frees @state, which may be NULL. */
	void (*close)(struct decompressor *decompressor);
};

/*
 * A frame of zstd that is in memory as a whole, unpacked into bytes from malloc(), at
 * most
 * @limit: without the window of a stream, which has the size of what is unpacked. What
 * follows the frame is passed over. False, and nothing said, if that fails: the stream
 * says why.
 */
bool compress_zstd_whole(struct span packed, size_t limit, uint8_t **ret,
			 size_t *ret_size);

extern const struct compress_method compress_gzip;
extern const struct compress_method compress_xz;
extern const struct compress_method compress_lzma;
extern const struct compress_method compress_zstd;
extern const struct compress_method compress_bzip2;
extern const struct compress_method compress_lz4;
extern const struct compress_method compress_lzo;

struct decompressor {
	enum compression compression;
	const struct compress_method *method;
	void *state; /* of the method */
	struct source *in;
	uint64_t start; /* of the stream in @in */
	uint64_t at;    /* of the next byte to be read into the window */
	uint8_t *window;
	size_t window_at, window_size; /* unread part of the window */
	uint64_t produced, limit;
	bool ended;
	uint8_t ahead[4096]; /* read, but not given yet */
	size_t ahead_at, ahead_size;
};

/* The unread part of the window. */
static inline uint8_t *compress_input(const struct decompressor *decompressor)
{
	return decompressor->window + decompressor->window_at;
}

/* The offset in the source of the next byte that is not taken. */
uint64_t compress_position(const struct decompressor *decompressor);

/*
 * Has @size bytes or more, at most 64 KiB, in the window, or all that are left. Errors of
 * the source.
 */
int compress_need(struct decompressor *decompressor, size_t size, struct error *error);

/* Takes @size bytes of the window, which has them. */
void compress_take(struct decompressor *decompressor, size_t size);

/* Takes @size bytes into @buffer. -EBADMSG if there are fewer; errors of the source. */
int compress_copy(struct decompressor *decompressor, void *buffer, size_t size,
		  struct error *error);

/* -EBADMSG at the next byte, at the end of the input; -E2BIG. */
int compress_bad(const struct decompressor *decompressor, const char *what,
		 struct error *error);
int compress_cut(const struct decompressor *decompressor, struct error *error);
int compress_large_window(const struct decompressor *decompressor, struct error *error);

/* One block of output, which is given away in pieces. */
struct compress_block {
	uint8_t *data;
	size_t size, at;
};

static inline size_t compress_block_give(struct compress_block *block, void *to,
					 size_t size)
{
	size_t n = MIN(size, block->size - block->at);

	if (n > 0)
		memcpy(to, block->data + block->at, n);
	block->at += n;
	return n;
}
