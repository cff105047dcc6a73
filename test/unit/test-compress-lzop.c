/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/compress.h"

#include <stdio.h>

#include "test/lib/archive.h"
#include "test/lib/test.h"

/* The flags: checksums of the block unpacked and packed, a filter in the header. */
#define ADLER32     0x0001
#define ADLER32_LZO 0x0002
#define CRC32       0x0100
#define CRC32_LZO   0x0200
#define FILTER      0x0800

#define HEADER_SIZE 38 /* with an empty name */

static void add_be32(struct strbuf *to, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		strbuf_add_char(to, (char)(value >> shift));
}

static void add_block_head(struct strbuf *to, uint32_t unpacked, uint32_t packed)
{
	add_be32(to, unpacked);
	add_be32(to, packed);
	add_be32(to, 0xbadbad);
}

/* A stored block, whose checksum is wrong, and the end. */
static void add_stored(struct strbuf *to, const char *text)
{
	add_block_head(to, (uint32_t)strlen(text), (uint32_t)strlen(text));
	strbuf_add_string(to, text);
}

static int unpack(const struct strbuf *bytes, char *to, size_t size, uint64_t *ret,
		  struct error *error)
{
	_cleanup_(source_unrefp) struct source *source =
		test_source(bytes->data, bytes->size);
	_cleanup_(decompressor_freep) struct decompressor *in = NULL;
	size_t n;
	int r;

	*error = (struct error)ERROR_INIT;
	test_ok(decompressor_open(COMPRESSION_LZO, source, 0, &in, error), error);
	r = decompressor_read(in, to, size - 1, &n, error);
	if (r < 0)
		return r;
	to[n] = 0;
	*ret = decompressor_consumed(in);
	return 0;
}

static void check_text(const struct strbuf *bytes, const char *expected)
{
	struct error error;
	uint64_t consumed;
	char buffer[64];

	test_ok(unpack(bytes, buffer, sizeof(buffer), &consumed, &error), &error);
	assert_string_equal(buffer, expected);
	assert_int_equal(consumed, bytes->size);
}

static void check_bad(const struct strbuf *bytes, uint64_t offset, const char *words)
{
	struct error error;
	uint64_t consumed;
	char buffer[64];

	assert_int_equal(unpack(bytes, buffer, sizeof(buffer), &consumed, &error),
			 -EBADMSG);
	test_error(&error, -EBADMSG, offset, words);
}

static void test_headers(void **state)
{
	static const uint8_t old[] = {0x89, 'L',  'Z',  'O', 0, '\r', '\n', 0x1a,
				      '\n', 0x09, 0x30, 1,   0, 9,    0x30, 1};
	_cleanup_strbuf_ struct strbuf bytes = {0};
	char name[256] = {0};

	memset(name, 'n', 255);
	for (unsigned i = 0; i < 4; i++) {
		bytes.size = 0;
		lzop_add_header(&bytes, i & 1 ? ADLER32 | FILTER : CRC32,
				i & 2 ? name : "");
		add_stored(&bytes, "abc");
		add_be32(&bytes, 0);
		check_text(&bytes, "abc");
	}
	/* Neither a level nor the high half of the time. */
	bytes.size = 0;
	strbuf_add(&bytes, old, sizeof(old));
	add_be32(&bytes, ADLER32);
	add_be32(&bytes, 0100644);
	add_be32(&bytes, 0);
	strbuf_add_char(&bytes, 0);
	add_be32(&bytes, 0);
	add_stored(&bytes, "old");
	add_be32(&bytes, 0);
	check_text(&bytes, "old");
	/* All cut, with the longest name. */
	bytes.size = 0;
	lzop_add_header(&bytes, ADLER32 | FILTER, name);
	for (size_t size = bytes.size; size > 0; size--) {
		bytes.size = size;
		check_bad(&bytes, size, "lzo data ends in its middle");
	}
}

static void test_checksums(void **state)
{
	static const struct {
		uint32_t flags;
		unsigned n_stored, n_packed;
	} rows[] = {
		{0, 0, 0},
		{ADLER32, 1, 1},
		{CRC32, 1, 1},
		{ADLER32_LZO, 0, 1},
		{CRC32_LZO, 0, 1},
		{ADLER32 | ADLER32_LZO, 1, 2},
		{CRC32 | CRC32_LZO, 1, 2},
		{ADLER32 | CRC32, 2, 2},
		{ADLER32 | ADLER32_LZO | CRC32 | CRC32_LZO, 2, 4},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf stored = {0}, packed = {0};
		char words[64];

		lzop_add_header(&stored, rows[i].flags, "");
		add_stored(&stored, "abc");
		add_be32(&stored, 0);
		(void)snprintf(words, sizeof(words), "lzo block has %u checksums",
			       rows[i].n_stored);
		if (rows[i].n_stored == 1)
			check_text(&stored, "abc");
		else
			check_bad(&stored, HEADER_SIZE, words);

		/* lzo1x: 3 literals, 18 more by the match of distance 1, the end. */
		lzop_add_header(&packed, rows[i].flags, "");
		add_block_head(&packed, 21, 10);
		strbuf_add(&packed, "\x14xyz\x30\0\0\x11\0\0", 10);
		add_be32(&packed, 0);
		(void)snprintf(words, sizeof(words), "lzo block has %u checksums",
			       rows[i].n_packed);
		if (rows[i].n_packed == 1)
			check_text(&packed, "xyzzzzzzzzzzzzzzzzzzz");
		else
			check_bad(&packed, HEADER_SIZE, words);
	}
}

static void test_blocks(void **state)
{
	static const struct {
		uint32_t unpacked, packed;
		uint64_t offset;
		const char *words;
	} rows[] = {
		{1, 0, HEADER_SIZE, "block of 0 bytes, must be between 1 and 1"},
		{4, 5, HEADER_SIZE, "block of 5 bytes, must be between 1 and 4"},
		{4, UINT32_MAX, HEADER_SIZE, "must be between 1 and 4"},
		{262145, 4, HEADER_SIZE, "unpacks to 262145 bytes, at most 262144"},
		{UINT32_MAX, 4, HEADER_SIZE, "unpacks to 4294967295 bytes"},
		{262144, 262144, HEADER_SIZE + 22, "lzo data ends in its middle"},
		{262144, 10, HEADER_SIZE + 12, "10 bytes does not unpack to 262144"},
		{22, 10, HEADER_SIZE + 12, "block of 10 bytes does not unpack to 22"},
		{20, 10, HEADER_SIZE + 12, "block of 10 bytes does not unpack to 20"},
		{21, 9, HEADER_SIZE + 12, "block of 9 bytes does not unpack to 21"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf bytes = {0};

		lzop_add_header(&bytes, ADLER32, "");
		add_block_head(&bytes, rows[i].unpacked, rows[i].packed);
		strbuf_add(&bytes, "\x14xyz\x30\0\0\x11\0\0", 10);
		check_bad(&bytes, rows[i].offset, rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
