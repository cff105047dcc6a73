/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/cpio.h"

#include <stdio.h>
#include <sys/stat.h>

#include "formats/core/limits.h"
#include "test/lib/archive.h"
#include "test/lib/test.h"

#define FILE_MODE      (S_IFREG | 0644)
#define DIRECTORY_MODE (S_IFDIR | 0755)
#define LINK_MODE      (S_IFLNK | 0777)

struct run {
	struct test_listing listing;
	struct cpio_result result;
	struct error error;
	int r;
};

static void run_done(struct run *run)
{
	test_listing_done(&run->listing);
}

#define _cleanup_run_ _cleanup_(run_done)

/* Reads the first @size bytes of @archive. */
static struct run run_part(const struct strbuf *archive, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = test_source(archive->data, size);
	_cleanup_(decompressor_freep) struct decompressor *in = NULL;
	struct run run = {.listing.with_content = true, .error = ERROR_INIT};
	struct entry_visitor visitor = test_listing_visitor(&run.listing);

	test_ok(decompressor_open(COMPRESSION_NONE, source, 0, &in, &run.error),
		&run.error);
	run.r = cpio_read(in, &visitor, &run.result, &run.error);
	return run;
}

static struct run run_all(const struct strbuf *archive)
{
	return run_part(archive, archive->size);
}

static const char *text_of(const struct run *run)
{
	return run->listing.text ? run->listing.text : "";
}

static void check_good(const struct strbuf *archive, const char *expected,
		       unsigned faults)
{
	_cleanup_run_ struct run run = run_all(archive);

	test_ok(run.r, &run.error);
	assert_string_equal(text_of(&run), expected);
	assert_int_equal(run.result.faults, faults);
	assert_int_equal(run.result.size, archive->size);
}

static void test_all_types(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	cpio_add(&archive, .name = ".", .mode = DIRECTORY_MODE, .n_links = 3);
	cpio_add(&archive, .name = "./etc", .mode = S_IFDIR | 01777, .n_links = 2,
		 .uid = 1, .gid = 0xfffffffe);
	cpio_add(&archive, .name = "/etc//a", .mode = S_IFREG | 04755, .n_links = 1,
		 .content = "hello");
	cpio_add(&archive, .name = "etc/empty", .mode = FILE_MODE, .n_links = 1);
	cpio_add(&archive, .name = "etc/l", .mode = LINK_MODE, .n_links = 1,
		 .content = "../a");
	cpio_add(&archive, .name = "null", .mode = S_IFCHR | 0666, .n_links = 1,
		 .node_major = 1, .node_minor = 3);
	cpio_add(&archive, .name = "disk", .mode = S_IFBLK | 0660, .n_links = 1,
		 .node_major = 259, .node_minor = 70000);
	cpio_add(&archive, .name = "pipe", .mode = S_IFIFO | 0600, .n_links = 1);
	cpio_add(&archive, .name = "sock", .mode = S_IFSOCK | 0600, .n_links = 1);
	cpio_add_trailer(&archive);
	check_good(&archive,
		   "d 755 0:0 \n"
		   "d 1777 1:4294967294 etc\n"
		   "f 4755 0:0 etc/a 5 hello\n"
		   "f 644 0:0 etc/empty 0 \n"
		   "l 777 0:0 etc/l -> ../a\n"
		   "c 666 0:0 null 1:3\n"
		   "b 660 0:0 disk 259:70000\n"
		   "p 600 0:0 pipe\n"
		   "s 600 0:0 sock\n",
		   0);
}

static void test_lower_case_digits(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	cpio_add(&archive, .name = "a", .mode = FILE_MODE, .n_links = 1, .uid = 0xabcdef);
	for (size_t i = 6; i < 110; i++)
		if (archive.data[i] >= 'A')
			archive.data[i] |= 0x20;
	cpio_add_trailer(&archive);
	check_good(&archive, "f 644 11259375:0 a 0 \n", 0);
}

static void test_large_file(void **state)
{
	enum { SIZE = 200 * 1024 + 3 };
	_cleanup_strbuf_ struct strbuf archive = {0}, expected = {0};
	_cleanup_free_ char *bytes = malloc(SIZE + 1);

	assert_non_null(bytes);
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (char)('a' + i * 7 % 23);
	bytes[SIZE] = 0;
	cpio_add_file(&archive, "big", bytes);
	cpio_add_file(&archive, "next", "x");
	cpio_add_trailer(&archive);
	strbuf_addf(&expected, "f 644 0:0 big %d %s\nf 644 0:0 next 1 x\n", SIZE, bytes);
	check_good(&archive, expected.data, 0);
}

static void test_no_trailer(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	cpio_add_file(&archive, "a", "x");
	check_good(&archive, "f 644 0:0 a 1 x\n", CPIO_FAULT_NO_TRAILER);
}

static void test_nothing(void **state)
{
	static const struct strbuf empty = {0};

	check_good(&empty, "", CPIO_FAULT_NO_TRAILER);
}

static void test_bytes_after_the_trailer_stay(void **state)
{
	_cleanup_run_ struct run run = {0};
	_cleanup_strbuf_ struct strbuf archive = {0};
	size_t size;

	cpio_add_file(&archive, "a", "x");
	cpio_add_trailer(&archive);
	size = archive.size;
	cpio_add_file(&archive, "b", "y");
	run = run_all(&archive);
	test_ok(run.r, &run.error);
	assert_string_equal(text_of(&run), "f 644 0:0 a 1 x\n");
	assert_int_equal(run.result.size, size);
	assert_int_equal(run.result.n_entries, 1);
}

/* The kernel then looks for another member, behind zeros or at once. */
static void test_ends_at_what_is_no_header(void **state)
{
	static const char behind[] = {0, 'x', '1', '\x1f'};

	for (size_t i = 0; i < ARRAY_SIZE(behind); i++) {
		_cleanup_strbuf_ struct strbuf archive = {0};
		_cleanup_run_ struct run run = {0};
		size_t size;

		cpio_add_file(&archive, "a", "x");
		size = archive.size;
		strbuf_add_char(&archive, behind[i]);
		run = run_all(&archive);
		test_ok(run.r, &run.error);
		assert_string_equal(text_of(&run), "f 644 0:0 a 1 x\n");
		assert_int_equal(run.result.faults, CPIO_FAULT_NO_TRAILER);
		assert_int_equal(run.result.size, size);
	}
}

static void test_checksum(void **state)
{
	_cleanup_run_ struct run run = {0};
	_cleanup_strbuf_ struct strbuf archive = {0};

	cpio_add(&archive, .magic = "070702", .name = "a", .mode = FILE_MODE,
		 .n_links = 1, .content = "ab", .checksum = 'a' + 'b');
	cpio_add(&archive, .magic = "070702", .name = "b", .mode = FILE_MODE,
		 .n_links = 1, .content = "\xff\xff", .checksum = 0x1fe);
	/* The other form has no sum. */
	cpio_add(&archive, .name = "c", .mode = FILE_MODE, .n_links = 1, .content = "x",
		 .checksum = 1);
	check_good(&archive,
		   "f 644 0:0 a 2 ab\nf 644 0:0 b 2 \\xff\\xff\nf 644 0:0 c 1 x\n",
		   CPIO_FAULT_NO_TRAILER);
	cpio_add(&archive, .magic = "070702", .name = "etc/d", .mode = FILE_MODE,
		 .n_links = 1, .content = "x", .checksum = 'x' + 1);
	cpio_add_trailer(&archive);
	run = run_all(&archive);
	test_ok(run.r, &run.error);
	assert_int_equal(run.result.faults, CPIO_FAULT_CHECKSUM);
	assert_string_equal(run.result.first_fault_path, "etc/d");
	assert_int_equal(run.result.n_entries, 4);
}

static void test_unsafe_names(void **state)
{
	static const char *const names[] = {"..", "../x", "a/../b", "/..", "a/.."};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_run_ struct run run = {0};
		_cleanup_strbuf_ struct strbuf archive = {0};

		cpio_add_file(&archive, names[i], "hidden");
		cpio_add(&archive, .name = names[i], .mode = LINK_MODE, .n_links = 1,
			 .content = "hidden");
		cpio_add_file(&archive, "..x", "seen");
		cpio_add_trailer(&archive);
		check_good(&archive, "f 644 0:0 ..x 4 seen\n", CPIO_FAULT_UNSAFE_NAME);
		run = run_all(&archive);
		assert_string_equal(run.result.first_fault_path, names[i]);
	}
}

/*
 * Writers that align contents in blocks pad the name with NULs; the kernel reads up to
 * the first.
 */
static void test_nul_in_a_name(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	cpio_add(&archive, .name = "a\0\0\0\0\0\0\0", .name_bytes = 9, .mode = FILE_MODE,
		 .n_links = 1, .content = "x");
	cpio_add(&archive, .name = "b\0/../c", .name_bytes = 8, .mode = FILE_MODE,
		 .n_links = 1, .content = "y");
	cpio_add_trailer(&archive);
	check_good(&archive, "f 644 0:0 a 1 x\nf 644 0:0 b 1 y\n", 0);
}

static void test_unknown_types_are_skipped(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	cpio_add(&archive, .name = "a", .mode = 0644, .n_links = 1, .content = "x");
	cpio_add(&archive, .name = "b", .mode = 0170644, .n_links = 1);
	cpio_add(&archive, .name = "c", .mode = DIRECTORY_MODE, .n_links = 2,
		 .content = "contents of a directory");
	cpio_add_file(&archive, "d", "y");
	cpio_add_trailer(&archive);
	check_good(&archive, "f 644 0:0 d 1 y\n", 0);
}

static void add_linked(struct strbuf *archive, const char *name, uint32_t inode,
		       const char *content)
{
	cpio_add(archive, .name = name, .mode = FILE_MODE, .inode = inode, .n_links = 3,
		 .content = content);
}

static void test_hard_links(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	add_linked(&archive, "a", 7, NULL);
	add_linked(&archive, "other", 8, NULL);
	add_linked(&archive, "b", 7, NULL);
	add_linked(&archive, "c", 7, "shared");
	add_linked(&archive, "d", 7, NULL);
	add_linked(&archive, "a", 7, NULL);
	cpio_add_trailer(&archive);
	check_good(&archive,
		   "f 644 0:0 a 0 \nf 644 0:0 other 0 \nf 644 0:0 b 0 = a\n"
		   "f 644 0:0 c 6 shared = a\nf 644 0:0 d 0 = a\nf 644 0:0 a 0 = a\n",
		   0);
}

/* find_link() compares inode, both device numbers and the type. */
static void test_what_is_no_hard_link(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	add_linked(&archive, "a", 7, "x");
	cpio_add(&archive, .name = "b", .mode = FILE_MODE, .inode = 7, .n_links = 1);
	cpio_add(&archive, .name = "c", .mode = S_IFIFO | 0600, .inode = 7, .n_links = 2);
	add_linked(&archive, "d", 8, NULL);
	cpio_add_trailer(&archive);
	check_good(&archive,
		   "f 644 0:0 a 1 x\nf 644 0:0 b 0 \np 600 0:0 c\nf 644 0:0 d 0 \n", 0);
}

static void test_links_of_nodes(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	cpio_add(&archive, .name = "a", .mode = S_IFCHR | 0600, .inode = 7, .n_links = 2,
		 .node_major = 4, .node_minor = 1);
	cpio_add(&archive, .name = "b", .mode = S_IFCHR | 0644, .inode = 7, .n_links = 2,
		 .uid = 9, .node_major = 4, .node_minor = 2);
	cpio_add_trailer(&archive);
	check_good(&archive, "c 600 0:0 a 4:1\nc 600 0:0 b 4:1\n", 0);
}

static void test_longest_name(void **state)
{
	_cleanup_run_ struct run run = {0};
	_cleanup_strbuf_ struct strbuf archive = {0}, name = {0};

	while (name.size < LIMIT_PATH_SIZE - 2)
		strbuf_add_string(&name, "a/");
	strbuf_add_char(&name, 'b');
	cpio_add_file(&archive, name.data, "x");
	run = run_all(&archive);
	test_ok(run.r, &run.error);
	assert_int_equal(run.result.faults, CPIO_FAULT_NO_TRAILER);
	assert_non_null(strstr(text_of(&run), name.data));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_types),
		cmocka_unit_test(test_lower_case_digits),
		cmocka_unit_test(test_large_file),
		cmocka_unit_test(test_no_trailer),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_bytes_after_the_trailer_stay),
		cmocka_unit_test(test_ends_at_what_is_no_header),
		cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_unsafe_names),
		cmocka_unit_test(test_nul_in_a_name),
		cmocka_unit_test(test_unknown_types_are_skipped),
		cmocka_unit_test(test_hard_links),
		cmocka_unit_test(test_what_is_no_hard_link),
		cmocka_unit_test(test_links_of_nodes),
		cmocka_unit_test(test_longest_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
