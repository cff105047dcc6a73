/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/compress.h"

#include <lzma.h>
#include <stdio.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "test/lib/archive.h"
#include "test/lib/run.h"
#include "test/lib/test.h"

/* What the tools themselves wrote of this text. */
static const char text[] = "hello, hello, hello, initrd\n";

/* xz --format=lzma */
static const uint8_t by_xz[] = {
	0x5d, 0x00, 0x00, 0x80, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0x00, 0x34, 0x19, 0x49, 0xee, 0x8d, 0xef, 0x8c, 0x88, 0x49, 0x54, 0xf0, 0x45,
	0xd6, 0x92, 0x4e, 0xd8, 0xbb, 0xce, 0x8b, 0xaf, 0xff, 0xfd, 0xae, 0x20, 0x00};
/* bzip2 */
static const uint8_t by_bzip2[] = {
	0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0xe5, 0x39,
	0x5f, 0x6d, 0x00, 0x00, 0x05, 0xd1, 0x80, 0x00, 0x10, 0x40, 0x04, 0x06,
	0x65, 0x94, 0x00, 0x20, 0x00, 0x22, 0xbf, 0x54, 0x69, 0x83, 0x41, 0x03,
	0x40, 0xd0, 0x66, 0x2c, 0x52, 0x3c, 0x0a, 0x84, 0x2e, 0x99, 0xed, 0x17,
	0x72, 0x45, 0x38, 0x50, 0x90, 0xe5, 0x39, 0x5f, 0x6d};
/* lz4 -l */
static const uint8_t by_lz4_legacy[] = {
	0x02, 0x21, 0x4c, 0x18, 0x12, 0x00, 0x00, 0x00, 0x7a, 0x68, 0x65, 0x6c, 0x6c,
	0x6f, 0x2c, 0x20, 0x07, 0x00, 0x70, 0x69, 0x6e, 0x69, 0x74, 0x72, 0x64, 0x0a};
/* lz4 */
static const uint8_t by_lz4[] = {
	0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0x12, 0x00, 0x00, 0x00, 0x7a, 0x68,
	0x65, 0x6c, 0x6c, 0x6f, 0x2c, 0x20, 0x07, 0x00, 0x70, 0x69, 0x6e, 0x69, 0x74,
	0x72, 0x64, 0x0a, 0x00, 0x00, 0x00, 0x00, 0xf9, 0x24, 0x06, 0xba};
/* lzop, from a pipe */
static const uint8_t by_lzop[] = {
	0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a, 0x10, 0x40, 0x20,
	0xa0, 0x09, 0x40, 0x01, 0x05, 0x03, 0x00, 0x00, 0x0d, 0x00, 0x00, 0x81,
	0xa4, 0x6b, 0x05, 0x87, 0x49, 0x00, 0x00, 0x00, 0x00, 0x00, 0x34, 0xa1,
	0x03, 0xd5, 0x00, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x00, 0x1c, 0x8f, 0xa9,
	0x09, 0xb5, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x2c, 0x20, 0x68, 0x65, 0x6c,
	0x6c, 0x6f, 0x2c, 0x20, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x2c, 0x20, 0x69,
	0x6e, 0x69, 0x74, 0x72, 0x64, 0x0a, 0x00, 0x00, 0x00, 0x00};

static const struct {
	enum compression kind;
	const uint8_t *data;
	size_t size;
} streams[] = {
	{COMPRESSION_LZMA, by_xz, sizeof(by_xz)},
	{COMPRESSION_BZIP2, by_bzip2, sizeof(by_bzip2)},
	{COMPRESSION_LZO, by_lzop, sizeof(by_lzop)},
	{COMPRESSION_LZ4, by_lz4_legacy, sizeof(by_lz4_legacy)},
};

/* Of lz4: the magic, and the size of the first block. */
#define LZ4_HEAD 8

struct outcome {
	struct strbuf out;
	struct error error;
	uint64_t consumed; /* if @r is 0 */
	int r;
};

static void outcome_done(struct outcome *outcome)
{
	strbuf_done(&outcome->out);
}

#define _cleanup_outcome_ _cleanup_(outcome_done)

/* Reads all, in pieces of no round size. */
static struct outcome unpack(enum compression kind, const void *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	_cleanup_(decompressor_freep) struct decompressor *in = NULL;
	struct outcome outcome = {.error = ERROR_INIT};
	uint8_t buffer[1001];
	size_t n;

	test_ok(decompressor_open(kind, source, 0, &in, &outcome.error), &outcome.error);
	do {
		outcome.r =
			decompressor_read(in, buffer, sizeof(buffer), &n, &outcome.error);
		if (outcome.r < 0)
			return outcome;
		strbuf_add(&outcome.out, buffer, n);
	} while (n == sizeof(buffer));
	outcome.consumed = decompressor_consumed(in);
	return outcome;
}

static void check_good(enum compression kind, const void *data, size_t size,
		       const void *expected, size_t expected_size, uint64_t consumed)
{
	_cleanup_outcome_ struct outcome outcome = unpack(kind, data, size);

	test_ok(outcome.r, &outcome.error);
	assert_int_equal(outcome.out.size, expected_size);
	if (expected_size > 0)
		assert_memory_equal(outcome.out.data, expected, expected_size);
	assert_int_equal(outcome.consumed, consumed);
}

static void check_bad(enum compression kind, const void *data, size_t size, int code,
		      uint64_t offset, const char *words)
{
	_cleanup_outcome_ struct outcome outcome = unpack(kind, data, size);

	assert_int_equal(outcome.r, code);
	test_error(&outcome.error, code, offset, words);
}

/* Zeros and another member behind a stream are not its own. */
static void test_what_the_tools_wrote(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		_cleanup_strbuf_ struct strbuf bytes = {0};

		assert_int_equal(
			compression_detect(span_make(streams[i].data, streams[i].size)),
			streams[i].kind);
		check_good(streams[i].kind, streams[i].data, streams[i].size, text,
			   strlen(text), streams[i].size);
		strbuf_add(&bytes, streams[i].data, streams[i].size);
		strbuf_add(&bytes, "\0\0\0\0", 4);
		strbuf_add_string(&bytes, "070701");
		check_good(streams[i].kind, bytes.data, bytes.size, text, strlen(text),
			   streams[i].size);
	}
}

static void test_every_length(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++)
		for (size_t size = 0; size < streams[i].size; size++) {
			/* Nothing says how many blocks follow the magic of lz4. */
			if (streams[i].kind == COMPRESSION_LZ4 && size >= 4 &&
			    size < LZ4_HEAD)
				check_good(COMPRESSION_LZ4, streams[i].data, size, "", 0,
					   4);
			else
				check_bad(streams[i].kind, streams[i].data, size,
					  -EBADMSG, size, "data ends in its middle");
		}
}

/* Whatever is flipped, it is an answer, and the address sanitizer is content. */
static void test_every_bit(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		_cleanup_strbuf_ struct strbuf bytes = {0};
		unsigned n_errors = 0;

		strbuf_add(&bytes, streams[i].data, streams[i].size);
		for (size_t bit = 0; bit < bytes.size * 8; bit++) {
			_cleanup_outcome_ struct outcome outcome = {0};

			bytes.data[bit / 8] ^= (char)(1 << bit % 8);
			outcome = unpack(streams[i].kind, bytes.data, bytes.size);
			bytes.data[bit / 8] ^= (char)(1 << bit % 8);
			if (outcome.r == 0) {
				assert_true(outcome.consumed <= bytes.size);
				continue;
			}
			n_errors++;
			assert_true(error_is_input(outcome.r));
			assert_int_equal(outcome.r, outcome.error.code);
			assert_true(outcome.error.offset <= bytes.size);
		}
		assert_true(n_errors > 0);
	}
}

/* As large as several blocks of each, and with stored blocks of lzop. */
static void add_content(struct strbuf *to, size_t size)
{
	uint64_t random = 7;

	while (to->size < size) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		if (to->size >> 19 & 1)
			strbuf_addf(to, "line %u\n", (unsigned)(random >> 60));
		else
			strbuf_add(to, &random, sizeof(random));
	}
	to->size = size;
}

/* Whether all tools are there. */
static bool run_tools(void)
{
	static const struct {
		enum compression kind;
		const char *arguments[6]; /* before the file's name */
	} rows[] = {
		{COMPRESSION_LZMA, {"xz", "--format=lzma", "-0", "-S.out", "-q"}},
		{COMPRESSION_LZMA, {"xz", "--format=lzma", "-6", "-S.out", "-q"}},
		{COMPRESSION_BZIP2, {"bzip2", "-1", "-q"}},
		{COMPRESSION_BZIP2, {"bzip2", "-9", "-q"}},
		{COMPRESSION_LZO, {"lzop", "-q", "-U"}},
		{COMPRESSION_LZO, {"lzop", "-q", "-U", "-9"}},
		{COMPRESSION_LZO, {"lzop", "-q", "-U", "--crc32"}},
		{COMPRESSION_LZ4, {"lz4", "-l", "-q", "--rm", "-m"}},
		{COMPRESSION_LZ4, {"lz4", "-l", "-9", "-q", "--rm", "-m"}},
	};
	static const char *const suffixes[] = {
		[COMPRESSION_LZMA] = ".out",
		[COMPRESSION_BZIP2] = ".bz2",
		[COMPRESSION_LZO] = ".lzo",
		[COMPRESSION_LZ4] = ".lz4",
	};
	_cleanup_strbuf_ struct strbuf content = {0};

	add_content(&content, (9 << 20) + 3);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* Blocks of lz4 are of 8 MiB. */
		size_t used = rows[i].kind == COMPRESSION_LZ4 ? content.size
							      : (size_t)(MIB + MIB / 2);
		_cleanup_(test_directory_freep) char *directory = test_directory_new();
		_cleanup_free_ char *path =
			test_directory_write(directory, "x", content.data, used);
		_cleanup_free_ char *packed = NULL, *output = NULL;
		_cleanup_free_ uint8_t *bytes = NULL;
		const char *arguments[8] = {0};
		size_t n = 0, size;

		for (; n < ARRAY_SIZE(rows[i].arguments) && rows[i].arguments[n]; n++)
			arguments[n] = rows[i].arguments[n];
		arguments[n] = path;
		output = test_run(arguments, NULL);
		if (!output)
			return false;
		assert_true(asprintf(&packed, "%s%s", path, suffixes[rows[i].kind]) > 0);
		bytes = test_read_file(packed, &size);
		check_good(rows[i].kind, bytes, size, content.data, used, size);
	}
	return true;
}

static void test_by_running_the_tools(void **state)
{
	if (!run_tools())
		skip();
}

/* lzop -F and lzop -CC: the kernel would take data for a checksum, or one for data. */
static bool run_lzop(void)
{
	static const struct {
		const char *option, *words; /* of the error; NULL: read */
	} rows[] = {
		{"-F", "lzo block has 0 checksums, the kernel expects 1"},
		{"-CC", "lzo block has 2 checksums, the kernel expects 1"},
		{"-q", NULL},
	};

	/* Longer than the other, so that it is not stored as it is. */
	static const char content[] = "hello, hello, hello, hello, hello, hello, hello, "
				      "hello, hello, hello, hello, hello, hello, initrd";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(test_directory_freep) char *directory = test_directory_new();
		_cleanup_free_ char *path =
			test_directory_write(directory, "x", content, strlen(content));
		const char *arguments[] = {"lzop", rows[i].option, path, NULL};
		_cleanup_free_ char *packed = NULL, *output = test_run(arguments, NULL);
		_cleanup_free_ uint8_t *bytes = NULL;
		size_t size;

		if (!output)
			return false;
		assert_true(asprintf(&packed, "%s.lzo", path) > 0);
		bytes = test_read_file(packed, &size);
		if (rows[i].words)
			/* Behind the header of 38 bytes and the name "x". */
			check_bad(COMPRESSION_LZO, bytes, size, -EBADMSG, 39,
				  rows[i].words);
		else
			check_good(COMPRESSION_LZO, bytes, size, content, strlen(content),
				   size);
	}
	return true;
}

static void test_checksums_of_lzop(void **state)
{
	if (!run_lzop())
		skip();
}

static void add_lz4_head(struct strbuf *to, uint32_t value)
{
	uint8_t bytes[4];

	write_le(bytes, sizeof(bytes), value);
	strbuf_add(to, bytes, sizeof(bytes));
}

static void test_end_of_lz4(void **state)
{
	static const struct {
		const char *behind;
		size_t size;
		const char *words; /* NULL: the stream ends in front of it */
	} rows[] = {
		{"", 0, NULL},
		{"\0", 1, NULL},
		{"07", 2, NULL},
		{"070", 3, NULL},
		{"\0\0\0\0", 4, NULL},
		{"\0\0\0\0\x1f\x8b", 6, NULL},
		{"0707", 4,
		 "block of 925906736 bytes, at most 8421520; other data needs"},
		{"\0\0\0000", 4, "block of 805306368 bytes, at most 8421520"},
		{"\x91\x80\x80\0", 4, "block of 8421521 bytes, at most 8421520"},
		{"\x04\x22\x4d\x18", 4, "lz4 magic is 0x184d2204 (frame format)"},
	};
	size_t end = sizeof(by_lz4_legacy);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf bytes = {0};

		strbuf_add(&bytes, by_lz4_legacy, end);
		strbuf_add(&bytes, rows[i].behind, rows[i].size);
		if (rows[i].words)
			check_bad(COMPRESSION_LZ4, bytes.data, bytes.size, -EBADMSG, end,
				  rows[i].words);
		else
			check_good(COMPRESSION_LZ4, bytes.data, bytes.size, text,
				   strlen(text), end);
	}
}

static void test_frames_of_lz4(void **state)
{
	_cleanup_strbuf_ struct strbuf bytes = {0}, expected = {0};

	/* Two frames, one without blocks, and one more. */
	for (unsigned i = 0; i < 4; i++) {
		strbuf_add(&bytes, by_lz4_legacy, i == 2 ? 4 : sizeof(by_lz4_legacy));
		strbuf_add_string(&expected, i == 2 ? "" : text);
	}
	check_good(COMPRESSION_LZ4, bytes.data, bytes.size, expected.data, expected.size,
		   bytes.size);
	/* A block of nothing, one that is cut, one that cannot be unpacked. */
	bytes.size = 0;
	add_lz4_head(&bytes, 0x184c2102);
	add_lz4_head(&bytes, 1);
	strbuf_add_char(&bytes, 0);
	check_good(COMPRESSION_LZ4, bytes.data, bytes.size, "", 0, 9);
	add_lz4_head(&bytes, 8421520);
	check_bad(COMPRESSION_LZ4, bytes.data, bytes.size, -EBADMSG, 13,
		  "lz4 data ends in its middle");
	bytes.size = 9;
	add_lz4_head(&bytes, 3);
	strbuf_add(&bytes, "\xf0\xff\xff", 3);
	check_bad(COMPRESSION_LZ4, bytes.data, bytes.size, -EBADMSG, 13,
		  "block of 3 bytes does not unpack");
	/* Literals of 255 * 33000 bytes are more than 8 MiB. */
	bytes.size = 4;
	add_lz4_head(&bytes, 33003);
	strbuf_add(&bytes, "\x1f\x61\x01\0", 4);
	for (unsigned i = 0; i < 32998; i++)
		strbuf_add_char(&bytes, (char)0xff);
	strbuf_add_char(&bytes, 0);
	check_bad(COMPRESSION_LZ4, bytes.data, bytes.size, -EBADMSG, 8,
		  "block of 33003 bytes does not unpack");
}

static void test_wrong_stream(void **state)
{
	check_bad(COMPRESSION_LZMA, "\xff\0\0\0\0\0", 6, -EBADMSG, 0,
		  "lzma data is broken: wrong header");
	check_bad(COMPRESSION_BZIP2, "070701", 6, -EBADMSG, 1,
		  "bzip2 data is broken: wrong header");
	check_bad(COMPRESSION_LZ4, "\x02\x21\x4c\x19", 4, -EBADMSG, 0,
		  "lz4 data is broken: wrong magic");
	check_bad(COMPRESSION_LZ4, by_lz4, sizeof(by_lz4), -EBADMSG, 0,
		  "which the kernel does not know; expected 0x184c2102");
	check_bad(COMPRESSION_LZO, "\x89LZO\0\r\n\x1a\r", 9, -EBADMSG, 0,
		  "lzo data is broken: wrong magic");
}

/* With the size in the header there need be no mark at the end. */
static void test_size_of_lzma(void **state)
{
	uint8_t bytes[100] = {0x5d, 0, 0, 1, 0};
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{LZMA_FILTER_LZMA1EXT, &options},
		{LZMA_VLI_UNKNOWN, NULL},
	};
	size_t end = 13;

	assert_false(lzma_lzma_preset(&options, 1));
	options.dict_size = 64 * 1024;
	options.ext_flags = 0;
	lzma_set_ext_size(options, strlen(text));
	write_le(bytes + 5, 8, strlen(text));
	assert_int_equal(lzma_raw_buffer_encode(filters, NULL, (const uint8_t *)text,
						strlen(text), bytes, &end, 90),
			 LZMA_OK);
	memcpy(bytes + end, "070701", 6);
	check_good(COMPRESSION_LZMA, bytes, end + 6, text, strlen(text), end);
	for (size_t size = 0; size < end; size++)
		check_bad(COMPRESSION_LZMA, bytes, size, -EBADMSG, size,
			  "lzma data ends in its middle");
}

static void test_limit_of_lzma(void **state)
{
	uint8_t bytes[sizeof(by_xz)];

	memcpy(bytes, by_xz, sizeof(bytes));
	write_le(bytes + 1, 4, LIMIT_DECOMPRESS_WINDOW);
	check_good(COMPRESSION_LZMA, bytes, sizeof(bytes), text, strlen(text),
		   sizeof(bytes));
	write_le(bytes + 1, 4, LIMIT_DECOMPRESS_WINDOW + 64 * MIB);
	check_bad(COMPRESSION_LZMA, bytes, sizeof(bytes), -E2BIG, 13,
		  "lzma data wants a window of more than 134217728 bytes");
}

static void test_checksum_of_bzip2(void **state)
{
	uint8_t bytes[sizeof(by_bzip2)];

	/* Of the block, behind "BZh9" and six bytes of pi. */
	memcpy(bytes, by_bzip2, sizeof(bytes));
	bytes[10] ^= 1;
	check_bad(COMPRESSION_BZIP2, bytes, sizeof(bytes), -EBADMSG, sizeof(bytes) - 10,
		  "bzip2 data is broken: wrong data or checksum");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_tools_wrote),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_by_running_the_tools),
		cmocka_unit_test(test_checksums_of_lzop),
		cmocka_unit_test(test_end_of_lz4),
		cmocka_unit_test(test_frames_of_lz4),
		cmocka_unit_test(test_wrong_stream),
		cmocka_unit_test(test_size_of_lzma),
		cmocka_unit_test(test_limit_of_lzma),
		cmocka_unit_test(test_checksum_of_bzip2),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
