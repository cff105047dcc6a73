/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tables of exported symbols that are wrong, and those without section headers. */

#include <elf.h>

#include "formats/core/limits.h"
#include "test/lib/kernel.h"
#include "test/lib/test.h"

#define _cleanup_pieces_ _cleanup_(test_pieces_done)

static int read_symbols(const struct strbuf *bytes, size_t *ret_n, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source =
		test_source(bytes->data, bytes->size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(kernel_freep) struct kernel *kernel = NULL;
	struct exported_symbols symbols = {0};
	int r;

	test_ok(kernel_open(source, &kernel, error), error);
	r = kernel_read_symbols(kernel, arena, &symbols, error);
	*ret_n = symbols.n_symbols;
	return r;
}

static void check_bad(const struct strbuf *bytes, int code, uint64_t offset,
		      const char *words)
{
	struct error error = ERROR_INIT;
	size_t n;

	assert_int_equal(read_symbols(bytes, &n, &error), code);
	assert_int_equal(n, 0);
	test_error(&error, code, offset, words);
}

/* One number of an ELF file with flags and checksums, in a piece. */
static void check_number(const char *piece, size_t at, size_t size, uint64_t value,
			 int code, uint64_t offset, const char *words)
{
	_cleanup_pieces_ struct test_pieces vmlinux = {0};

	test_kernel_pieces(&vmlinux, TEST_KERNEL_FLAGS | TEST_KERNEL_CHECKSUMS);
	at += test_pieces_at(&vmlinux, piece);
	if (offset != ERROR_NO_OFFSET)
		offset += test_pieces_at(&vmlinux, "__ksymtab");
	test_pieces_write(&vmlinux, at, size, value);
	test_pieces_finish_elf(&vmlinux, ET_EXEC, TEST_KERNEL_ADDRESS);
	check_bad(&vmlinux.bytes, code, offset, words);
}

static void test_entries(void **state)
{
	check_number("__ksymtab", 12 + 4, 4, 0, -EBADMSG, 12,
		     "entry 1 of __ksymtab does not point to a name");
	check_number("__ksymtab", 24 + 8, 4, 1, -EBADMSG, 24,
		     "entry 2 of __ksymtab does not point to a namespace");
	check_number("__ksymtab", 4, 4, 0, -EOPNOTSUPP, ERROR_NO_OFFSET,
		     "has a section __ksymtab with entries of a form that is not read");
	/* "symbol_00", "", "symbol_01", "SPACE" */
	check_number("__ksymtab_strings", 11, 1, '-', -EBADMSG, 12,
		     "entry 1 of __ksymtab does not point to a name");
	check_number("__ksymtab_strings", 21, 1, ' ', -EBADMSG, 12,
		     "entry 1 of __ksymtab does not point to a namespace");
}

/* A namespace of 0 is none, as the kernel takes it; symbols of assembler have it. */
static void test_no_namespace(void **state)
{
	for (int flat = 0; flat < 2; flat++) {
		_cleanup_pieces_ struct test_pieces image = {0};
		struct error error = ERROR_INIT;
		size_t n;

		test_kernel_image(&image, TEST_KERNEL_FLAGS);
		test_pieces_write(&image, test_pieces_at(&image, "__ksymtab") + 8, 4, 0);
		test_pieces_write(&image, test_pieces_at(&image, "__ksymtab") + 32, 4, 0);
		if (!flat)
			test_pieces_finish_elf(&image, ET_EXEC, TEST_KERNEL_ADDRESS);
		test_ok(read_symbols(&image.bytes, &n, &error), &error);
		assert_int_equal(n, 40);
	}
}

/* CONFIG_MODULE_REL_CRCS: each checksum is the distance to a word in the image. */
static void test_offsets(void **state)
{
	for (int flat = 0; flat < 2; flat++) {
		_cleanup_pieces_ struct test_pieces image = {0};
		size_t at;

		test_kernel_image(&image, TEST_KERNEL_FLAGS | TEST_KERNEL_CHECKSUMS);
		at = test_pieces_at(&image, "__kcrctab");
		for (size_t i = 0; i < 40; i++)
			test_pieces_write(&image, at + 4 * i, 4, -at - 4 * i + 64 + i);
		if (!flat)
			test_pieces_finish_elf(&image, ET_EXEC, TEST_KERNEL_ADDRESS);
		check_bad(&image.bytes, -EOPNOTSUPP, test_pieces_at(&image, "__ksymtab"),
			  "has checksums of __ksymtab in the form of Linux before 5.19");
	}
}

/* A piece cut by a byte, or taken away. */
static void check_piece(const char *piece, size_t less, unsigned flags, int code,
			bool at_table, const char *words)
{
	_cleanup_pieces_ struct test_pieces vmlinux = {0};
	struct test_piece *changed;

	test_kernel_pieces(&vmlinux, flags);
	changed = test_pieces_find(&vmlinux, piece);
	changed->size -= less;
	if (less == 0)
		changed->name = ".other";
	test_pieces_finish_elf(&vmlinux, ET_EXEC, TEST_KERNEL_ADDRESS);
	check_bad(&vmlinux.bytes, code,
		  at_table ? test_pieces_at(&vmlinux, "__ksymtab") : ERROR_NO_OFFSET,
		  words);
}

static void test_tables(void **state)
{
	unsigned flags = TEST_KERNEL_FLAGS | TEST_KERNEL_CHECKSUMS;

	check_piece("__kcrctab", 1, flags, -EBADMSG, true,
		    "__ksymtab has 40 entries, but 159 bytes of checksums");
	check_piece("__kflagstab", 1, flags, -EBADMSG, true,
		    "__ksymtab has 40 entries, but 39 bytes of flags");
	check_piece("__ksymtab", 1, flags, -EOPNOTSUPP, false,
		    "of a form that is not read");
	check_piece("__ksymtab", 0, flags, -ENODATA, false,
		    "has no table of exported symbols");
	check_piece("__ksymtab_strings", 0, flags, -ENODATA, false,
		    "has no table of exported symbols");
	check_piece("__kflagstab", 0, flags, -EOPNOTSUPP, false,
		    "has neither a section __ksymtab_gpl nor __kflagstab");
	check_piece("__ksymtab_gpl", 0, 0, -EOPNOTSUPP, false,
		    "has neither a section __ksymtab_gpl nor __kflagstab");
}

static void test_long_name(void **state)
{
	_cleanup_pieces_ struct test_pieces vmlinux = {0};
	char strings[LIMIT_KERNEL_SYMBOL + 3] = {0};
	size_t at;

	memset(strings, 'a', sizeof(strings) - 2);
	test_pieces_add(&vmlinux, "__ksymtab", SHT_PROGBITS, NULL, 12, 4);
	test_pieces_add(&vmlinux, "__kflagstab", SHT_PROGBITS, NULL, 1, 1);
	test_pieces_add(&vmlinux, "__ksymtab_strings", SHT_PROGBITS, strings,
			sizeof(strings), 1);
	at = test_pieces_at(&vmlinux, "__ksymtab");
	test_pieces_write(&vmlinux, at + 4, 4,
			  test_pieces_at(&vmlinux, "__ksymtab_strings") - (at + 4));
	test_pieces_write(&vmlinux, at + 8, 4,
			  test_pieces_at(&vmlinux, "__ksymtab_strings") +
				  sizeof(strings) - 1 - (at + 8));
	test_pieces_finish_elf(&vmlinux, ET_EXEC, TEST_KERNEL_ADDRESS);
	check_bad(&vmlinux.bytes, -E2BIG, at, "has a name of 1025 bytes, at most 1024");
}

static void test_flat(void **state)
{
	static const unsigned layouts[] = {
		0,
		TEST_KERNEL_CHECKSUMS,
		TEST_KERNEL_FLAGS,
		TEST_KERNEL_FLAGS | TEST_KERNEL_CHECKSUMS,
		TEST_KERNEL_ABSOLUTE,
		TEST_KERNEL_ABSOLUTE | TEST_KERNEL_CHECKSUMS,
		TEST_KERNEL_ABSOLUTE | TEST_KERNEL_FLAGS,
		TEST_KERNEL_ABSOLUTE | TEST_KERNEL_FLAGS | TEST_KERNEL_CHECKSUMS,
		TEST_KERNEL_LOONGARCH | TEST_KERNEL_FLAGS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		_cleanup_pieces_ struct test_pieces flat = {0};
		_cleanup_(source_unrefp) struct source *source = NULL;
		_cleanup_(arena_freep) struct arena *arena = arena_new();
		_cleanup_(kernel_freep) struct kernel *kernel = NULL;
		struct exported_symbols symbols;
		struct error error = ERROR_INIT;
		size_t n;
		const struct exported_symbol *expected = test_kernel_symbols(&n);

		test_kernel_image(&flat, layouts[i]);
		source = test_source(flat.bytes.data, flat.bytes.size);
		test_ok(kernel_open(source, &kernel, &error), &error);
		test_ok(kernel_read_symbols(kernel, arena, &symbols, &error), &error);
		assert_int_equal(symbols.n_symbols, n);
		for (size_t k = 0; k < n; k++) {
			const struct exported_symbol *symbol = &symbols.symbols[k];

			assert_string_equal(symbol->name, expected[k].name);
			assert_string_equal(symbol->namespace, expected[k].namespace);
			assert_int_equal(symbol->gpl_only, expected[k].gpl_only);
			assert_int_equal(symbol->checksum,
					 layouts[i] & TEST_KERNEL_CHECKSUMS
						 ? expected[k].checksum
						 : 0);
		}
	}
}

/* One number in a piece of a flat image, counted from the start of the piece. */
static void check_flat_number(unsigned flags, const char *piece, size_t at, size_t size,
			      uint64_t value)
{
	_cleanup_pieces_ struct test_pieces flat = {0};

	test_kernel_image(&flat, flags);
	test_pieces_write(&flat, test_pieces_at(&flat, piece) + at, size, value);
	check_bad(&flat.bytes, -EOPNOTSUPP, ERROR_NO_OFFSET,
		  "no table of exported symbols is found in it for certain");
}

static void test_flat_bad(void **state)
{
	/* Both tables end too early, or the last one does. */
	check_flat_number(TEST_KERNEL_CHECKSUMS, "__ksymtab", 18 * 12 + 4, 4, 0);
	check_flat_number(TEST_KERNEL_CHECKSUMS, "__ksymtab_gpl", 18 * 12 + 4, 4, 0);
	check_flat_number(0, "__ksymtab_gpl", 18 * 12 + 8, 4, 1);
	check_flat_number(TEST_KERNEL_FLAGS, "__ksymtab", 38 * 12 + 4, 4, 0);
	/* A namespace in front of the first name: the flags are one too few. */
	check_flat_number(TEST_KERNEL_FLAGS, "__ksymtab", 8, 4, 40 * 12 + 39 - 9);
	/* Too few that follow each other. */
	check_flat_number(TEST_KERNEL_FLAGS, "__ksymtab_strings", 10 * 11, 1, 0);
}

/* The same tables twice: one of them is not the kernel's. */
static void test_flat_twice(void **state)
{
	_cleanup_pieces_ struct test_pieces flat = {0};
	_cleanup_free_ char *copy = NULL;

	test_kernel_image(&flat, TEST_KERNEL_CHECKSUMS);
	while (flat.bytes.size % 8 != 0)
		strbuf_add_char(&flat.bytes, 0);
	copy = malloc(flat.bytes.size);
	assert_non_null(copy);
	memcpy(copy, flat.bytes.data, flat.bytes.size);
	strbuf_add(&flat.bytes, copy, flat.bytes.size);
	check_bad(&flat.bytes, -EOPNOTSUPP, ERROR_NO_OFFSET,
		  "several places in it look like the table");
}

/* Each word points to the same long name: looking at all of them would take long. */
static void test_flat_long(void **state)
{
	enum { N_WORDS = 4096, NAME = 500 };
	_cleanup_pieces_ struct test_pieces flat = {0};
	char name[NAME + 1] = {0};
	size_t at, name_at;

	memset(name, 'a', NAME);
	test_pieces_add(&flat, "words", SHT_PROGBITS, NULL, 4 * N_WORDS, 4);
	test_pieces_add(&flat, "name", SHT_PROGBITS, name, sizeof(name), 1);
	at = test_pieces_at(&flat, "words");
	name_at = test_pieces_at(&flat, "name");
	for (size_t i = 0; i < N_WORDS; i++, at += 4)
		test_pieces_write(&flat, at, 4, name_at - at);
	memcpy(flat.bytes.data + 56, "ARM\x64", 4);
	check_bad(&flat.bytes, -EOPNOTSUPP, ERROR_NO_OFFSET,
		  "has too many bytes that look like exported symbols");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),      cmocka_unit_test(test_tables),
		cmocka_unit_test(test_no_namespace), cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_long_name),    cmocka_unit_test(test_flat),
		cmocka_unit_test(test_flat_bad),     cmocka_unit_test(test_flat_twice),
		cmocka_unit_test(test_flat_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
