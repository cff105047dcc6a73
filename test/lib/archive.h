/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Bytes of cpio archives and compressed streams, made without the code under test. */

#include "formats/compress.h"
#include "formats/core/strbuf.h"

/* One record, headers as in newc. What is not given is 0, except as the comments say. */
struct cpio_record {
	const char *magic; /* NULL: "070701" */
	const char *name;
	uint32_t name_size; /* with the NUL; 0: that of @name, whose end is @name_bytes */
	size_t name_bytes;  /* bytes of @name that are written; 0: with its first NUL */
	uint32_t mode, inode, uid, gid, n_links, mtime, checksum;
	uint32_t node_major, node_minor;
	const char *content;   /* or the target of a link */
	uint32_t content_size; /* 0: that of the text @content */
	uint32_t claimed_size; /* in the header; 0: content_size */
};

/* Appends the record, its name and contents, each padded from the start of @archive. */
void cpio_add_record(struct strbuf *archive, const struct cpio_record *record);
#define cpio_add(archive, ...) \
	cpio_add_record(archive, &(const struct cpio_record){__VA_ARGS__})

/* A file of mode 0644. */
void cpio_add_file(struct strbuf *archive, const char *name, const char *content);
void cpio_add_trailer(struct strbuf *archive);

/*
 * Appends @data as one stream of gzip, xz and lzma (64 KiB of dictionary), zstd, bzip2,
 * lz4 (legacy), lzo (lzop) or, for none, as it is.
 */
void pack_bytes(struct strbuf *to, enum compression compression, const void *data,
		size_t size);

/* Appends what lzop writes before the blocks; @flags: 1 for one checksum a block. */
void lzop_add_header(struct strbuf *to, uint32_t flags, const char *name);
