/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/initrd.h"

#include <sys/stat.h>

#include "formats/core/limits.h"
#include "test/lib/archive.h"
#include "test/lib/test.h"

static const enum compression packed_kinds[] = {
	COMPRESSION_GZIP,  COMPRESSION_XZ,  COMPRESSION_ZSTD, COMPRESSION_LZMA,
	COMPRESSION_BZIP2, COMPRESSION_LZO, COMPRESSION_LZ4,
};

struct run {
	struct test_listing listing;
	struct initrd initrd;
	struct error error;
	int r;
};

static void run_done(struct run *run)
{
	test_listing_done(&run->listing);
	initrd_done(&run->initrd);
}

#define _cleanup_run_ _cleanup_(run_done)

static struct run run_part(const struct strbuf *bytes, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = test_source(bytes->data, size);
	struct run run = {.listing.with_content = true, .error = ERROR_INIT};
	struct entry_visitor visitor = test_listing_visitor(&run.listing);

	run.r = initrd_read(source, &visitor, &run.initrd, &run.error);
	return run;
}

static struct run run_all(const struct strbuf *bytes)
{
	return run_part(bytes, bytes->size);
}

static const char *text_of(const struct run *run)
{
	return run->listing.text ? run->listing.text : "";
}

/* An archive of one file and its trailer, as a stream of this kind. */
static void add_member(struct strbuf *to, enum compression kind, const char *name,
		       const char *content)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	cpio_add_file(&archive, name, content);
	cpio_add_trailer(&archive);
	pack_bytes(to, kind, archive.data, archive.size);
}

static void add_zeros(struct strbuf *to, size_t n)
{
	while (n-- > 0)
		strbuf_add_char(to, 0);
}

static void align(struct strbuf *to)
{
	add_zeros(to, -to->size & 3);
}

static void check_bad(const struct strbuf *bytes, int code, uint64_t offset,
		      const char *words)
{
	_cleanup_run_ struct run run = run_all(bytes);

	assert_int_equal(run.r, code);
	test_error(&run.error, code, offset, words);
	assert_null(run.initrd.members);
}

static void check_garbage(const struct strbuf *bytes, uint64_t offset, const char *words,
			  const char *expected)
{
	_cleanup_run_ struct run run = run_all(bytes);

	test_ok(run.r, &run.error);
	assert_int_equal(run.initrd.faults, INITRD_FAULT_TRAILING_GARBAGE);
	assert_int_equal(run.initrd.garbage_at, offset);
	if (!strstr(run.initrd.garbage, words))
		assert_string_equal(run.initrd.garbage, words);
	assert_string_equal(text_of(&run), expected);
}

static void test_probe(void **state)
{
	static const struct {
		const char *bytes;
		bool expected;
	} rows[] = {
		{"070701", true},
		{"070702", true},
		{"\x1f\x8b", true},
		{"BZh9", true},
		{"\x02\x21\x4c\x18", true},
		{"070707", false},
		{"07070", false},
		{"\x7f"
		 "ELF",
		 false},
		{"", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(source_unrefp) struct source *source =
			test_source(rows[i].bytes, strlen(rows[i].bytes));

		assert_int_equal(initrd_probe(source), rows[i].expected);
	}
}

static void test_one_member_of_each_kind(void **state)
{
	for (size_t i = 0; i <= ARRAY_SIZE(packed_kinds); i++) {
		enum compression kind = i ? packed_kinds[i - 1] : COMPRESSION_NONE;
		_cleanup_strbuf_ struct strbuf bytes = {0};
		_cleanup_run_ struct run run = {0};

		add_member(&bytes, kind, "etc", "abc");
		run = run_all(&bytes);
		test_ok(run.r, &run.error);
		assert_string_equal(text_of(&run), "f 644 0:0 etc 3 abc\n");
		assert_int_equal(run.initrd.n_members, 1);
		assert_int_equal(run.initrd.faults, 0);
		assert_int_equal(run.initrd.members[0].compression, kind);
		assert_int_equal(run.initrd.members[0].offset, 0);
		assert_int_equal(run.initrd.members[0].size, bytes.size);
		assert_int_equal(run.initrd.members[0].unpacked_size, 244);
		assert_int_equal(run.initrd.members[0].n_entries, 1);
		assert_int_equal(run.initrd.members[0].faults, 0);
	}
}

/* As distributions ship it: microcode as it is, zeros, and the rest compressed. */
static void test_members_in_order(void **state)
{
	static const enum compression order[] = {COMPRESSION_NONE, COMPRESSION_ZSTD,
						 COMPRESSION_GZIP, COMPRESSION_NONE,
						 COMPRESSION_NONE, COMPRESSION_XZ};
	_cleanup_strbuf_ struct strbuf bytes = {0};
	_cleanup_run_ struct run run = {0};
	uint64_t offsets[ARRAY_SIZE(order)], ends[ARRAY_SIZE(order)];

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		offsets[i] = bytes.size;
		add_member(&bytes, order[i], "a", &"543210"[i]);
		ends[i] = bytes.size;
		/* No zeros, some, or more than one piece of reading. */
		add_zeros(&bytes, i == 1 ? 0 : i == 4 ? 8192 : 512);
		if (i != 1)
			align(&bytes);
	}
	run = run_all(&bytes);
	test_ok(run.r, &run.error);
	assert_string_equal(text_of(&run), "f 644 0:0 a 6 543210\nf 644 0:0 a 5 43210\n"
					   "f 644 0:0 a 4 3210\nf 644 0:0 a 3 210\n"
					   "f 644 0:0 a 2 10\nf 644 0:0 a 1 0\n");
	assert_int_equal(run.initrd.n_members, ARRAY_SIZE(order));
	assert_int_equal(run.initrd.faults, 0);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		assert_int_equal(run.initrd.members[i].offset, offsets[i]);
		assert_int_equal(run.initrd.members[i].compression, order[i]);
		assert_int_equal(run.initrd.members[i].size, ends[i] - offsets[i]);
	}
}

static void test_leading_zeros(void **state)
{
	_cleanup_strbuf_ struct strbuf bytes = {0};
	_cleanup_run_ struct run run = {0};

	add_zeros(&bytes, 8);
	add_member(&bytes, COMPRESSION_NONE, "a", "x");
	run = run_all(&bytes);
	test_ok(run.r, &run.error);
	assert_int_equal(run.initrd.members[0].offset, 8);
}

/*
 * unpack_to_rootfs() takes a cpio header at multiples of 4 only; a compressed member
 * anywhere.
 */
static void test_alignment(void **state)
{
	_cleanup_strbuf_ struct strbuf first = {0}, second = {0}, packed = {0};
	_cleanup_strbuf_ struct strbuf good = {0}, inner = {0};
	_cleanup_run_ struct run run = {0};

	add_zeros(&first, 2);
	add_member(&first, COMPRESSION_NONE, "a", "x");
	check_bad(&first, -EBADMSG, 2, "must start at a multiple of 4");

	add_member(&second, COMPRESSION_NONE, "a", "x");
	add_zeros(&second, 3);
	add_member(&second, COMPRESSION_NONE, "b", "y");
	check_garbage(&second, 243, "starts at byte 243", "f 644 0:0 a 1 x\n");

	/* "broken padding": also a compressed one behind a cpio archive. */
	add_member(&packed, COMPRESSION_NONE, "a", "x");
	add_zeros(&packed, 1);
	add_member(&packed, COMPRESSION_GZIP, "b", "y");
	check_garbage(&packed, 241, "starts at byte 241", "f 644 0:0 a 1 x\n");

	add_zeros(&good, 1);
	add_member(&good, COMPRESSION_GZIP, "a", "x");
	add_zeros(&good, 2 - (good.size & 1));
	add_member(&good, COMPRESSION_XZ, "b", "y");
	run = run_all(&good);
	test_ok(run.r, &run.error);
	assert_int_equal(run.initrd.n_members, 2);
	assert_int_equal(run.initrd.faults, 0);

	add_member(&inner, COMPRESSION_NONE, "a", "x");
	add_zeros(&inner, 1);
	add_member(&inner, COMPRESSION_NONE, "b", "y");
	first.size = 0;
	pack_bytes(&first, COMPRESSION_ZSTD, inner.data, inner.size);
	check_garbage(&first, 0, "starts at byte 241", "f 644 0:0 a 1 x\n");
}

static void test_archives_inside_a_member(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(packed_kinds); i++) {
		_cleanup_strbuf_ struct strbuf inner = {0}, bytes = {0}, junk = {0};
		_cleanup_run_ struct run run = {0};

		add_member(&inner, COMPRESSION_NONE, "a", "x");
		add_member(&inner, COMPRESSION_NONE, "b", "y");
		add_zeros(&inner, 512);
		add_member(&inner, COMPRESSION_NONE, "a", "zz");
		add_zeros(&inner, 100);
		pack_bytes(&bytes, packed_kinds[i], inner.data, inner.size);
		run = run_all(&bytes);
		test_ok(run.r, &run.error);
		assert_string_equal(
			text_of(&run),
			"f 644 0:0 a 1 x\nf 644 0:0 b 1 y\nf 644 0:0 a 2 zz\n");
		assert_int_equal(run.initrd.n_members, 1);
		assert_int_equal(run.initrd.members[0].n_entries, 3);
		assert_int_equal(run.initrd.members[0].unpacked_size, inner.size);
		assert_int_equal(run.initrd.members[0].size, bytes.size);
		strbuf_add_char(&inner, 'j');
		pack_bytes(&junk, packed_kinds[i], inner.data, inner.size);
		check_garbage(&junk, 0, "junk within compressed archive: byte 0x6a",
			      text_of(&run));
	}
}

/*
 * unlz4() finds the end of its data only where fewer than 4 bytes, or 4 zeros, follow;
 * with less between them it takes what follows for a block.
 */
static bool runs_into_next(enum compression kind, enum compression next, size_t n_zeros)
{
	return kind == COMPRESSION_LZ4 && n_zeros < 4 &&
	       (n_zeros > 0 || next != COMPRESSION_LZ4);
}

static void test_zeros_between(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(packed_kinds) * ARRAY_SIZE(packed_kinds) * 9;
	     i++) {
		enum compression kind = packed_kinds[i / 9 / ARRAY_SIZE(packed_kinds)];
		enum compression next = packed_kinds[i / 9 % ARRAY_SIZE(packed_kinds)];
		size_t n_zeros = i % 9, end;
		_cleanup_strbuf_ struct strbuf bytes = {0};
		_cleanup_run_ struct run run = {0};

		add_member(&bytes, kind, "a", "x");
		end = bytes.size;
		add_zeros(&bytes, n_zeros);
		add_member(&bytes, next, "b", "y");
		if (runs_into_next(kind, next, n_zeros)) {
			/* Broken or cut, as the size is that is read there. */
			check_garbage(&bytes, 0, "lz4 data ", "f 644 0:0 a 1 x\n");
			continue;
		}
		run = run_all(&bytes);
		test_ok(run.r, &run.error);
		assert_string_equal(text_of(&run), "f 644 0:0 a 1 x\nf 644 0:0 b 1 y\n");
		assert_int_equal(run.initrd.faults, 0);
		if (n_zeros == 0 && kind == COMPRESSION_LZ4) {
			/* Frames one behind the other are one member. */
			assert_int_equal(run.initrd.n_members, 1);
			assert_int_equal(run.initrd.members[0].size, bytes.size);
			continue;
		}
		assert_int_equal(run.initrd.n_members, 2);
		assert_int_equal(run.initrd.members[0].size, end);
		assert_int_equal(run.initrd.members[1].offset, end + n_zeros);
		assert_int_equal(run.initrd.members[1].compression, next);
		assert_int_equal(run.initrd.members[1].size, bytes.size - end - n_zeros);
	}
}

/* do_copy(): the rest of its archive is unpacked, and nothing behind it. */
static void test_wrong_checksum(void **state)
{
	_cleanup_strbuf_ struct strbuf bytes = {0};
	_cleanup_run_ struct run run = {0};

	cpio_add(&bytes, .magic = "070702", .name = "a", .mode = S_IFREG, .n_links = 1,
		 .content = "x");
	cpio_add_file(&bytes, "b", "x");
	cpio_add_trailer(&bytes);
	cpio_add_file(&bytes, "c", "x");
	cpio_add_trailer(&bytes);
	run = run_all(&bytes);
	test_ok(run.r, &run.error);
	assert_string_equal(text_of(&run), "f 0 0:0 a 1 x\nf 644 0:0 b 1 x\n");
	assert_int_equal(run.initrd.n_members, 1);
	assert_int_equal(run.initrd.faults, INITRD_FAULT_STOPPED);
	assert_int_equal(run.initrd.members[0].faults, CPIO_FAULT_CHECKSUM);
}

static void test_faults_of_members(void **state)
{
	_cleanup_strbuf_ struct strbuf bytes = {0}, packed = {0};
	_cleanup_run_ struct run run = {0};

	cpio_add_file(&bytes, "../b", "x");
	cpio_add_trailer(&bytes);
	/* Without a trailer: the next member begins behind zeros all the same. */
	cpio_add_file(&bytes, "c", "x");
	add_zeros(&bytes, 128);
	cpio_add_file(&packed, "d", "x");
	pack_bytes(&bytes, COMPRESSION_GZIP, packed.data, packed.size);
	run = run_all(&bytes);
	test_ok(run.r, &run.error);
	assert_string_equal(text_of(&run), "f 644 0:0 c 1 x\nf 644 0:0 d 1 x\n");
	assert_int_equal(run.initrd.n_members, 3);
	assert_int_equal(run.initrd.faults, 0);
	assert_int_equal(run.initrd.members[0].faults, CPIO_FAULT_UNSAFE_NAME);
	assert_int_equal(run.initrd.members[1].faults, CPIO_FAULT_NO_TRAILER);
	assert_int_equal(run.initrd.members[2].faults, CPIO_FAULT_NO_TRAILER);
}

static void test_garbage(void **state)
{
	static const char *const first = "f 644 0:0 a 1 x\n";
	_cleanup_strbuf_ struct strbuf bytes = {0};

	add_member(&bytes, COMPRESSION_NONE, "a", "x");
	add_zeros(&bytes, 16);
	strbuf_add_string(&bytes, "junk");
	check_garbage(&bytes, 256, "nor a known compression: 6a756e6b", first);
	bytes.size = 257;
	check_garbage(&bytes, 256, "nor a known compression: 6a000000", first);
	bytes.size = 256;
	strbuf_add(&bytes, "\x1f\x8b\x08\0", 4);
	check_garbage(&bytes, 256, "gzip data ends in its middle", first);
	bytes.size = 256;
	cpio_add_file(&bytes, "b", "y");
	strbuf_add_string(&bytes, "07070100");
	check_garbage(&bytes, 256, "header needs 110 bytes, the archive ends after 8",
		      "f 644 0:0 a 1 x\nf 644 0:0 b 1 y\n");
}

static void test_errors(void **state)
{
	_cleanup_strbuf_ struct strbuf bytes = {0}, packed = {0};

	check_bad(&bytes, -EBADMSG, 0, "holds no cpio archive, only zeros");
	add_zeros(&bytes, 5000);
	check_bad(&bytes, -EBADMSG, 0, "holds no cpio archive, only zeros");
	strbuf_add_string(&bytes, "junk");
	check_bad(&bytes, -EBADMSG, 5000, "neither a cpio header nor");
	bytes.size = 5000;
	strbuf_add_string(&bytes, "070701junk");
	check_bad(&bytes, -EBADMSG, 5000, "header needs 110 bytes");
	bytes.size = 5000;
	strbuf_add_string(&bytes, "BZh91AY&SY");
	check_bad(&bytes, -EBADMSG, 5010, "bzip2 data ends in its middle");
	/* The kernel has no row for it in its table of magic numbers. */
	bytes.size = 5000;
	strbuf_add(&bytes, "\x04\x22\x4d\x18\x64\x40\xa7", 7);
	check_bad(&bytes, -EBADMSG, 5000, "lz4 magic is 0x184d2204 (frame format)");
	/* What cannot be read is no garbage: something else may be able to read it. */
	bytes.size = 0;
	add_member(&bytes, COMPRESSION_NONE, "a", "x");
	strbuf_add(&bytes, "\xfd\x37\x7a\x58\x5a\x00\x01\x04\xa7\xe7\xaf\x5f", 12);
	check_bad(&bytes, -EOPNOTSUPP, 252, "xz data uses a filter that is not read");
	bytes.size = 0;
	strbuf_addf(&bytes, "no archive%110s", "");
	pack_bytes(&packed, COMPRESSION_XZ, bytes.data, bytes.size);
	check_bad(&packed, -EBADMSG, 0, "cpio magic is 6e6f20617263");
}

static void test_every_length(void **state)
{
	_cleanup_strbuf_ struct strbuf bytes = {0};

	add_member(&bytes, COMPRESSION_NONE, "a", "x");
	add_zeros(&bytes, 12);
	for (size_t i = 0; i < ARRAY_SIZE(packed_kinds); i++)
		add_member(&bytes, packed_kinds[i], "b", "y");
	for (size_t size = 0; size < bytes.size; size++) {
		_cleanup_run_ struct run run = run_part(&bytes, size);

		/* The first record, which has a name and contents of 4 bytes each. */
		assert_int_equal(run.r, size < 112 + 4 ? -EBADMSG : 0);
		assert_true(run.initrd.garbage_at <= size);
		assert_true(run.initrd.n_members <= 1 + ARRAY_SIZE(packed_kinds));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_one_member_of_each_kind),
		cmocka_unit_test(test_members_in_order),
		cmocka_unit_test(test_leading_zeros),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_archives_inside_a_member),
		cmocka_unit_test(test_zeros_between),
		cmocka_unit_test(test_wrong_checksum),
		cmocka_unit_test(test_faults_of_members),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
