/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/compress.h"

#include <inttypes.h>
#include <lzma.h>
#include <stdio.h>

#include "test/lib/archive.h"
#include "test/lib/test.h"

/* In the order of what the streams of a kind tell of themselves. */
static const enum compression kinds[] = {
	COMPRESSION_NONE,  COMPRESSION_GZIP, COMPRESSION_XZ,  COMPRESSION_ZSTD,
	COMPRESSION_BZIP2, COMPRESSION_LZMA, COMPRESSION_LZO, COMPRESSION_LZ4,
};

#define N_CHECKED 5 /* have a checksum that is looked at */
#define N_ENDED   7 /* say where they end */

/* No compressor makes it much smaller, so that each reads its input in pieces. */
static void add_noise(struct strbuf *to, size_t size)
{
	uint64_t state = 42;

	for (size_t i = 0; i < size; i++) {
		state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
		strbuf_add_char(to, (char)(state >> 56));
	}
}

static int open_at(enum compression kind, const void *data, size_t size, uint64_t offset,
		   struct decompressor **ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);

	*error = (struct error)ERROR_INIT;
	return decompressor_open(kind, source, offset, ret, error);
}

/* Reads all in pieces of @piece bytes into @to. */
static int read_pieces(struct decompressor *in, size_t piece, struct strbuf *to,
		       struct error *error)
{
	_cleanup_free_ uint8_t *buffer = malloc(piece);
	size_t n;

	assert_non_null(buffer);
	do {
		int r = decompressor_read(in, buffer, piece, &n, error);

		if (r < 0)
			return r;
		assert_true(n <= piece);
		strbuf_add(to, buffer, n);
		assert_int_equal(decompressor_produced(in), to->size);
	} while (n == piece);
	return 0;
}

static void check_bad(enum compression kind, const void *data, size_t size, int code,
		      uint64_t offset, const char *words)
{
	_cleanup_(decompressor_freep) struct decompressor *in = NULL;
	_cleanup_strbuf_ struct strbuf out = {0};
	struct error error;

	test_ok(open_at(kind, data, size, 0, &in, &error), &error);
	assert_int_equal(read_pieces(in, 4096, &out, &error), code);
	test_error(&error, code, offset, words);
}

static void test_detect(void **state)
{
	static const struct {
		const char *head;
		size_t size;
		enum compression expected;
		const char *name;
	} rows[] = {
		{"\x1f\x8b\x08", 3, COMPRESSION_GZIP, "gzip"},
		{"\x1f\x9e\x08", 3, COMPRESSION_GZIP, "gzip"},
		{"\xfd"
		 "7zXZ\0",
		 6, COMPRESSION_XZ, "xz"},
		{"\x28\xb5\x2f\xfd", 4, COMPRESSION_ZSTD, "zstd"},
		{"\x5d\0\0\0", 4, COMPRESSION_LZMA, "lzma"},
		/* A dictionary of 4 KiB. */
		{"\x5d\0\x10\0", 4, COMPRESSION_LZMA, "lzma"},
		{"BZh9", 4, COMPRESSION_BZIP2, "bzip2"},
		{"\x02\x21\x4c\x18", 4, COMPRESSION_LZ4, "lz4"},
		{"\x04\x22\x4d\x18", 4, COMPRESSION_LZ4, "lz4"},
		{"\x89LZO\0", 5, COMPRESSION_LZO, "lzo"},
		{"070701", 6, COMPRESSION_NONE, "none"},
		{"", 0, COMPRESSION_NONE, "none"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct span head = span_make(rows[i].head, rows[i].size);
		enum compression found = compression_detect(head);

		assert_int_equal(found, rows[i].expected);
		assert_string_equal(compression_name(found), rows[i].name);
	}
	for (size_t size = 0; size < 6; size++)
		assert_int_equal(compression_detect(span_make("\xfd"
							      "7zXZ",
							      MIN(size, 5))),
				 COMPRESSION_NONE);
}

/* From the middle of a source, with other bytes behind, in pieces of any size. */
static void test_round_trip(void **state)
{
	static const size_t pieces[] = {1, 7, 4096, 1 << 20};
	_cleanup_strbuf_ struct strbuf data = {0};

	add_noise(&data, 300 * 1024);
	for (size_t i = 0; i < data.size; i += 3)
		data.data[i] = 'x';
	for (size_t kind = 1; kind < N_ENDED; kind++) {
		_cleanup_strbuf_ struct strbuf packed = {0};
		size_t end;

		strbuf_add_string(&packed, "12345");
		pack_bytes(&packed, kinds[kind], data.data, data.size);
		end = packed.size;
		pack_bytes(&packed, kinds[kind], "next", 4);
		for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
			_cleanup_(decompressor_freep) struct decompressor *in = NULL;
			_cleanup_strbuf_ struct strbuf out = {0};
			struct error error;

			test_ok(open_at(kinds[kind], packed.data, packed.size, 5, &in,
					&error),
				&error);
			test_ok(read_pieces(in, pieces[i], &out, &error), &error);
			assert_int_equal(out.size, data.size);
			assert_memory_equal(out.data, data.data, data.size);
			assert_int_equal(decompressor_consumed(in), end - 5);
		}
	}
}

static void test_none(void **state)
{
	_cleanup_(decompressor_freep) struct decompressor *in = NULL;
	_cleanup_strbuf_ struct strbuf data = {0}, out = {0};
	struct error error;

	add_noise(&data, 600 * 1024);
	test_ok(open_at(COMPRESSION_NONE, data.data, data.size, 3, &in, &error), &error);
	assert_int_equal(decompressor_consumed(in), 0);
	test_ok(read_pieces(in, 1000, &out, &error), &error);
	assert_int_equal(out.size, data.size - 3);
	assert_memory_equal(out.data, data.data + 3, out.size);
	assert_int_equal(decompressor_consumed(in), out.size);
}

static void test_empty(void **state)
{
	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		_cleanup_(decompressor_freep) struct decompressor *in = NULL;
		_cleanup_strbuf_ struct strbuf packed = {0}, out = {0};
		struct error error;
		bool end = false;
		uint8_t byte;

		pack_bytes(&packed, kinds[kind], "", 0);
		test_ok(open_at(kinds[kind], packed.data, packed.size, 0, &in, &error),
			&error);
		test_ok(decompressor_peek(in, &byte, &end, &error), &error);
		assert_true(end);
		test_ok(read_pieces(in, 16, &out, &error), &error);
		assert_int_equal(out.size, 0);
		assert_int_equal(decompressor_consumed(in), packed.size);
	}
}

static void test_peek(void **state)
{
	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		_cleanup_(decompressor_freep) struct decompressor *in = NULL;
		_cleanup_strbuf_ struct strbuf packed = {0};
		uint8_t buffer[4] = {0}, byte = 0;
		struct error error;
		bool end = true;
		size_t n;

		pack_bytes(&packed, kinds[kind], "abc", 3);
		test_ok(open_at(kinds[kind], packed.data, packed.size, 0, &in, &error),
			&error);
		for (unsigned i = 0; i < 3; i++) {
			test_ok(decompressor_peek(in, &byte, &end, &error), &error);
			assert_int_equal(byte, 'a');
			assert_false(end);
			assert_int_equal(decompressor_produced(in), 0);
		}
		/* A byte that was only looked at is not taken. */
		if (kinds[kind] == COMPRESSION_NONE)
			assert_int_equal(decompressor_consumed(in), 0);
		test_ok(decompressor_read(in, buffer, 0, &n, &error), &error);
		assert_int_equal(n, 0);
		test_ok(decompressor_read(in, buffer, 2, &n, &error), &error);
		assert_int_equal(n, 2);
		assert_memory_equal(buffer, "ab", 2);
		test_ok(decompressor_peek(in, &byte, &end, &error), &error);
		assert_int_equal(byte, 'c');
		test_ok(decompressor_read(in, buffer, 4, &n, &error), &error);
		assert_int_equal(n, 1);
		assert_int_equal(buffer[0], 'c');
		test_ok(decompressor_peek(in, &byte, &end, &error), &error);
		assert_true(end);
		assert_int_equal(decompressor_consumed(in), packed.size);
	}
}

static void test_every_length(void **state)
{
	for (size_t kind = 1; kind < N_ENDED; kind++) {
		_cleanup_strbuf_ struct strbuf data = {0}, packed = {0};

		add_noise(&data, 500);
		strbuf_add_string(&data, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
		pack_bytes(&packed, kinds[kind], data.data, data.size);
		for (size_t size = 0; size < packed.size; size++)
			check_bad(kinds[kind], packed.data, size, -EBADMSG, size,
				  "data ends in its middle");
	}
}

/* A wrong bit is an error or, where nobody uses it, changes nothing. */
static void test_every_bit(void **state)
{
	_cleanup_strbuf_ struct strbuf data = {0};

	add_noise(&data, 100);
	for (size_t kind = 1; kind < N_CHECKED; kind++) {
		_cleanup_strbuf_ struct strbuf packed = {0};
		unsigned n_errors = 0;

		pack_bytes(&packed, kinds[kind], data.data, data.size);
		for (size_t bit = 0; bit < packed.size * 8; bit++) {
			_cleanup_(decompressor_freep) struct decompressor *in = NULL;
			_cleanup_strbuf_ struct strbuf out = {0};
			struct error error;
			int r;

			packed.data[bit / 8] ^= (char)(1 << bit % 8);
			test_ok(open_at(kinds[kind], packed.data, packed.size, 0, &in,
					&error),
				&error);
			r = read_pieces(in, 4096, &out, &error);
			packed.data[bit / 8] ^= (char)(1 << bit % 8);
			if (r == 0) {
				assert_int_equal(out.size, data.size);
				assert_memory_equal(out.data, data.data, data.size);
				continue;
			}
			n_errors++;
			assert_true(error_is_input(r));
			assert_int_equal(r, error.code);
			assert_true(error.offset <= packed.size);
		}
		/* The name, time and system in a gzip header are what nobody checks. */
		assert_true(n_errors > packed.size * 8 - 10 * 8);
	}
}

static void test_wrong_stream(void **state)
{
	check_bad(COMPRESSION_GZIP, "\x1f\x9e\x08\0\0\0\0\0\0\0", 10, -EBADMSG, 2,
		  "gzip data is broken: incorrect header check");
	check_bad(COMPRESSION_XZ, "070701000000", 12, -EBADMSG, 12,
		  "xz data is broken: wrong header");
	check_bad(COMPRESSION_ZSTD, "070701000000", 12, -EBADMSG, 0,
		  "zstd data is broken: Unknown frame descriptor");
}

/* The header of a block of xz: size, flags, sizes, "LZMA2, 1 byte, dictionary". */
static void set_xz_filter(struct strbuf *packed, uint8_t filter, uint8_t dictionary)
{
	uint8_t *header = (uint8_t *)packed->data + 12;
	size_t size = ((size_t)header[0] + 1) * 4, at = 2;
	uint32_t sum;

	while (!(header[at] == 0x21 && header[at + 1] == 1))
		at++;
	assert_true(at + 2 < size - 4);
	header[at] = filter;
	header[at + 2] = dictionary;
	sum = lzma_crc32(header, size - 4, 0);
	for (size_t i = 0; i < 4; i++)
		header[size - 4 + i] = (uint8_t)(sum >> 8 * i);
}

static void test_xz_limits(void **state)
{
	_cleanup_strbuf_ struct strbuf packed = {0}, large = {0}, filtered = {0};
	_cleanup_(decompressor_freep) struct decompressor *in = NULL;
	_cleanup_strbuf_ struct strbuf out = {0};
	struct error error;
	size_t end;

	pack_bytes(&packed, COMPRESSION_XZ, "abc", 3);
	end = 12 + ((size_t)(uint8_t)packed.data[12] + 1) * 4;
	/* 2 << (30 / 2 + 11) bytes are 128 MiB: the limit. One step more is 192 MiB. */
	set_xz_filter(&packed, 0x21, 30);
	test_ok(open_at(COMPRESSION_XZ, packed.data, packed.size, 0, &in, &error),
		&error);
	test_ok(read_pieces(in, 16, &out, &error), &error);
	assert_string_equal(out.data, "abc");
	pack_bytes(&large, COMPRESSION_XZ, "abc", 3);
	set_xz_filter(&large, 0x21, 31);
	check_bad(COMPRESSION_XZ, large.data, large.size, -E2BIG, end,
		  "window of more than 134217728 bytes");
	pack_bytes(&filtered, COMPRESSION_XZ, "abc", 3);
	set_xz_filter(&filtered, 0x3f, 0);
	check_bad(COMPRESSION_XZ, filtered.data, filtered.size, -EOPNOTSUPP, end,
		  "filter that is not read");
}

/* An empty frame: magic, descriptor, window (exponent in 5 bits), one empty block. */
static void test_zstd_limits(void **state)
{
	uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0, (27 - 10) << 3, 1, 0, 0};
	_cleanup_(decompressor_freep) struct decompressor *in = NULL;
	_cleanup_strbuf_ struct strbuf out = {0};
	struct error error;

	test_ok(open_at(COMPRESSION_ZSTD, frame, sizeof(frame), 0, &in, &error), &error);
	test_ok(read_pieces(in, 16, &out, &error), &error);
	assert_int_equal(out.size, 0);
	assert_int_equal(decompressor_consumed(in), sizeof(frame));
	frame[5] = (28 - 10) << 3;
	check_bad(COMPRESSION_ZSTD, frame, sizeof(frame), -E2BIG, 0,
		  "window of more than 134217728 bytes");
}

static int fail_read(void *context, uint64_t offset, void *buffer, size_t size,
		     struct error *error)
{
	return error_set(error, -EIO, "the disk is broken");
}

static void test_read_error(void **state)
{
	static const struct source_ops ops = {.read = fail_read};

	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		_cleanup_(source_unrefp) struct source *source =
			source_custom(&ops, NULL, 100);
		_cleanup_(decompressor_freep) struct decompressor *in = NULL;
		struct error error = ERROR_INIT;
		uint8_t byte;
		bool end;

		test_ok(decompressor_open(kinds[kind], source, 0, &in, &error), &error);
		assert_int_equal(decompressor_peek(in, &byte, &end, &error), -EIO);
		test_error(&error, -EIO, ERROR_NO_OFFSET, "the disk is broken");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect),     cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_none),       cmocka_unit_test(test_empty),
		cmocka_unit_test(test_peek),       cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_every_bit),  cmocka_unit_test(test_wrong_stream),
		cmocka_unit_test(test_xz_limits),  cmocka_unit_test(test_zstd_limits),
		cmocka_unit_test(test_read_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
