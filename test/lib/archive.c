/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/archive.h"

#include <lzma.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

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
	else
		strbuf_add(to, data, size);
}
