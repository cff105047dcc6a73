/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/archive.h"

#include <bzlib.h>
#include <lz4.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "formats/core/cursor.h"
#include "test/lib/test.h"

static void pad(struct strbuf *archive)
{
	while (archive->size % 4 != 0)
		strbuf_add_char(archive, 0);
}

void cpio_add_record(struct strbuf *archive, const struct cpio_record *record)
{
	size_t name_bytes =
		record->name_bytes ? record->name_bytes : strlen(record->name) + 1;
	uint32_t size = record->content_size;

	if (size == 0 && record->content)
		size = (uint32_t)strlen(record->content);
	strbuf_addf(archive, "%s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		    record->magic ? record->magic : "070701", record->inode, record->mode,
		    record->uid, record->gid, record->n_links, record->mtime,
		    record->claimed_size ? record->claimed_size : size, 8, 1,
		    record->node_major, record->node_minor,
		    record->name_size ? record->name_size : (uint32_t)name_bytes,
		    record->checksum);
	strbuf_add(archive, record->name, name_bytes);
	pad(archive);
	if (size > 0)
		strbuf_add(archive, record->content, size);
	pad(archive);
}

void cpio_add_file(struct strbuf *archive, const char *name, const char *content)
{
	cpio_add(archive, .name = name, .mode = S_IFREG | 0644, .n_links = 1,
		 .content = content);
}

void cpio_add_trailer(struct strbuf *archive)
{
	cpio_add(archive, .name = "TRAILER!!!", .n_links = 1);
}

static size_t pack_gzip(uint8_t *to, size_t room, const void *data, size_t size)
{
	z_stream stream = {.next_out = to, .avail_out = (uInt)room};

	stream.next_in = (Bytef *)(uintptr_t)data;
	stream.avail_in = (uInt)size;
	assert_int_equal(
		deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
		Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&stream), Z_OK);
	return stream.total_out;
}

static size_t pack_xz(uint8_t *to, size_t room, const void *data, size_t size)
{
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{LZMA_FILTER_LZMA2, &options},
		{LZMA_VLI_UNKNOWN, NULL},
	};
	size_t at = 0;

	assert_false(lzma_lzma_preset(&options, 1));
	options.dict_size = 64 * 1024;
	assert_int_equal(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, data,
						   size, to, &at, room),
			 LZMA_OK);
	return at;
}

static size_t pack_zstd(uint8_t *to, size_t room, const void *data, size_t size)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t packed;

	assert_non_null(context);
	assert_false(
		ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
	packed = ZSTD_compress2(context, to, room, data, size);
	assert_false(ZSTD_isError(packed));
	(void)ZSTD_freeCCtx(context);
	return packed;
}

/* As xz --format=lzma: the size is not in the header, a mark stands at the end. */
static size_t pack_lzma(uint8_t *to, size_t room, const void *data, size_t size)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	size_t packed;

	assert_false(lzma_lzma_preset(&options, 1));
	options.dict_size = 64 * 1024;
	assert_int_equal(lzma_alone_encoder(&stream, &options), LZMA_OK);
	stream.next_in = data;
	stream.avail_in = size;
	stream.next_out = to;
	stream.avail_out = room;
	assert_int_equal(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
	packed = room - stream.avail_out;
	lzma_end(&stream);
	return packed;
}

static size_t pack_bzip2(uint8_t *to, size_t room, const void *data, size_t size)
{
	_cleanup_free_ char *copy = malloc(size + 1);
	unsigned packed = (unsigned)room;

	assert_non_null(copy);
	memcpy(copy, data, size);
	assert_int_equal(BZ2_bzBuffToBuffCompress((char *)to, &packed, copy,
						  (unsigned)size, 9, 0, 0),
			 BZ_OK);
	return packed;
}

/* As lz4 -l: blocks of 8 MiB. */
static void pack_lz4(struct strbuf *to, const char *data, size_t size)
{
	size_t block = 8 << 20, room = (size_t)LZ4_compressBound((int)block);
	_cleanup_free_ char *packed = malloc(room);

	assert_non_null(packed);
	strbuf_add(to, "\x02\x21\x4c\x18", 4);
	while (size > 0) {
		size_t n = MIN(size, block);
		int r = LZ4_compress_default(data, packed, (int)n, (int)room);
		uint8_t head[4];

		assert_true(r > 0);
		write_le(head, sizeof(head), (uint64_t)r);
		strbuf_add(to, head, sizeof(head));
		strbuf_add(to, packed, (size_t)r);
		data += n;
		size -= n;
	}
}

static void add_be32(struct strbuf *to, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		strbuf_add_char(to, (char)(value >> shift));
}

void lzop_add_header(struct strbuf *to, uint32_t flags, const char *name)
{
	size_t at = to->size + 9;

	strbuf_add(to, "\x89LZO\0\r\n\x1a\n", 9);
	/* Version 1.04, library 2.10, needs 0.940; lzo1x_1 at level 3. */
	strbuf_add(to, "\x10\x40\x20\xa0\x09\x40\x01\x03", 8);
	add_be32(to, flags);
	if (flags & 0x0800)
		add_be32(to, 0);
	add_be32(to, 0100644);
	add_be32(to, 0x5f000000);
	add_be32(to, 0);
	strbuf_add_char(to, (char)strlen(name));
	strbuf_add_string(to, name);
	add_be32(to, (uint32_t)adler32(1, (const Bytef *)to->data + at,
				       (uInt)(to->size - at)));
}

/* As lzop: blocks of 256 KiB, each with the checksum of its contents. */
static void pack_lzo(struct strbuf *to, const uint8_t *data, size_t size)
{
	size_t block = 256 << 10;
	_cleanup_free_ uint8_t *packed = malloc(block + block / 16 + 64 + 3);
	_cleanup_free_ uint8_t *work = malloc(LZO1X_1_MEM_COMPRESS);

	assert_true(packed && work);
	lzop_add_header(to, 1, "");
	while (size > 0) {
		size_t n = MIN(size, block);
		lzo_uint out = 0;

		assert_int_equal(lzo1x_1_compress(data, n, packed, &out, work), LZO_E_OK);
		add_be32(to, (uint32_t)n);
		add_be32(to, (uint32_t)MIN(out, n));
		add_be32(to, (uint32_t)adler32(1, data, (uInt)n));
		strbuf_add(to, out < n ? packed : data, MIN(out, n));
		data += n;
		size -= n;
	}
	add_be32(to, 0);
}

void pack_bytes(struct strbuf *to, enum compression compression, const void *data,
		size_t size)
{
	size_t room = size + size / 2 + 1024;
	_cleanup_free_ uint8_t *packed = malloc(room);

	assert_non_null(packed);
	if (compression == COMPRESSION_GZIP)
		strbuf_add(to, packed, pack_gzip(packed, room, data, size));
	else if (compression == COMPRESSION_XZ)
		strbuf_add(to, packed, pack_xz(packed, room, data, size));
	else if (compression == COMPRESSION_ZSTD)
		strbuf_add(to, packed, pack_zstd(packed, room, data, size));
	else if (compression == COMPRESSION_LZMA)
		strbuf_add(to, packed, pack_lzma(packed, room, data, size));
	else if (compression == COMPRESSION_BZIP2)
		strbuf_add(to, packed, pack_bzip2(packed, room, data, size));
	else if (compression == COMPRESSION_LZ4)
		pack_lz4(to, data, size);
	else if (compression == COMPRESSION_LZO)
		pack_lzo(to, data, size);
	else
		strbuf_add(to, data, size);
}
