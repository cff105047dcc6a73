/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What else is in the image of a kernel: certificates, configuration, banner. */

#include <elf.h>

#include "formats/core/limits.h"
#include "test/lib/kernel.h"
#include "test/lib/test.h"

#define _cleanup_pieces_ _cleanup_(test_pieces_done)
#define _cleanup_kernel_ _cleanup_(kernel_freep)
#define _cleanup_arena_  _cleanup_(arena_freep)

static const size_t sizes[] = {300, 261, 1001};

static struct kernel *open_kernel(const struct strbuf *bytes)
{
	_cleanup_(source_unrefp) struct source *source =
		test_source(bytes->data, bytes->size);
	struct error error = ERROR_INIT;
	struct kernel *kernel = NULL;

	test_ok(kernel_open(source, &kernel, &error), &error);
	return kernel;
}

static void check_certificates(const struct strbuf *bytes, size_t n, bool modules)
{
	_cleanup_kernel_ struct kernel *kernel = open_kernel(bytes);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct kernel_certificates certificates;

	test_ok(kernel_read_certificates(kernel, arena, &certificates, &error), &error);
	assert_int_equal(certificates.n_certificates, n);
	assert_int_equal(certificates.modules, modules);
	for (size_t i = 0; i < n; i++) {
		struct span der = certificates.certificates[i];

		assert_int_equal(der.size, sizes[i]);
		assert_int_equal(der.data[0], 0x30);
		assert_int_equal(der.data[der.size - 1], (uint8_t)(sizes[i] - 1));
	}
}

static void check_no_certificates(const struct strbuf *bytes, int code, const char *words)
{
	_cleanup_kernel_ struct kernel *kernel = open_kernel(bytes);
	_cleanup_arena_ struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct kernel_certificates certificates;

	assert_int_equal(kernel_read_certificates(kernel, arena, &certificates, &error),
			 code);
	test_error(&error, code, ERROR_NO_OFFSET, words);
}

static void test_certificates(void **state)
{
	static const struct {
		size_t n, gap;
		bool modules;
	} rows[] = {
		{1, 0, true},  {1, 0, false},   {3, 0, true},
		{3, 0, false}, {2, 4096, true}, {2, 64 * KIB - 16, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_pieces_ struct test_pieces elf = {0}, flat = {0};

		test_kernel_pieces(&elf, 0);
		test_kernel_certificates(&elf, sizes, rows[i].n, rows[i].gap,
					 rows[i].modules);
		test_pieces_finish_elf(&elf, ET_EXEC, TEST_KERNEL_ADDRESS);
		check_certificates(&elf.bytes, rows[i].n, rows[i].modules);
		test_kernel_image(&flat, 0);
		test_kernel_certificates(&flat, sizes, rows[i].n, rows[i].gap,
					 rows[i].modules);
		check_certificates(&flat.bytes, rows[i].n, rows[i].modules);
	}
}

/* Behind the gap stands how much of it is used. */
static void test_used_gap(void **state)
{
	_cleanup_pieces_ struct test_pieces flat = {0};
	size_t used;

	test_kernel_image(&flat, 0);
	test_kernel_certificates(&flat, sizes, 2, 4096, true);
	used = flat.bytes.size - 16 - 4;
	test_pieces_write(&flat, used, 4, 1234);
	check_certificates(&flat.bytes, 2, true);
	test_pieces_write(&flat, used - 20, 4, 1234);
	check_no_certificates(&flat.bytes, -EOPNOTSUPP, "but none are found in it");
}

/* A long of 32 bits; and one of 64 with the high byte first. */
static void test_words(void **state)
{
	_cleanup_pieces_ struct test_pieces pieces = {0};
	size_t size = sizes[0] + sizes[1], at;

	test_kernel_pieces(&pieces, 0);
	test_kernel_certificates(&pieces, sizes, 2, 0, true);
	at = pieces.bytes.size - 16;
	test_pieces_finish_elf(&pieces, ET_EXEC, TEST_KERNEL_ADDRESS);
	pieces.bytes.data[EI_CLASS] = ELFCLASS32;
	/* What follows the number is not part of it. */
	test_pieces_write(&pieces, at + 4, 4, UINT32_MAX);
	check_certificates(&pieces.bytes, 2, true);
	pieces.bytes.data[EI_CLASS] = ELFCLASS64;
	pieces.bytes.data[EI_DATA] = ELFDATA2MSB;
	test_pieces_write(&pieces, at, 8, __builtin_bswap64(size));
	test_pieces_write(&pieces, at + 8, 8, __builtin_bswap64(sizes[0]));
	check_certificates(&pieces.bytes, 2, true);
}

static void test_certificates_not_found(void **state)
{
	static const char revoked[] = "Loading compiled-in revocation X.509 certificates";
	_cleanup_pieces_ struct test_pieces flat = {0};
	size_t at;

	test_kernel_image(&flat, 0);
	check_no_certificates(&flat.bytes, -ENODATA, "trusts no certificates of its own");
	test_kernel_certificates(&flat, sizes, 2, 0, false);
	at = flat.bytes.size - 16;
	/* Neither the size nor the first one's. */
	test_pieces_write(&flat, at, 8, sizes[0]);
	check_no_certificates(&flat.bytes, -EOPNOTSUPP, "but none are found in it");
	test_pieces_write(&flat, at, 8, sizes[0] + sizes[1]);
	test_pieces_write(&flat, at + 8, 8, sizes[1]);
	check_no_certificates(&flat.bytes, -EOPNOTSUPP, "but none are found in it");
	test_pieces_write(&flat, at + 8, 8, 0);
	check_certificates(&flat.bytes, 2, false);
	/* They may be the revoked ones. */
	test_pieces_add(&flat, "revoked", SHT_PROGBITS, revoked, sizeof(revoked), 1);
	check_no_certificates(&flat.bytes, -EOPNOTSUPP, "several places in it");
	/* Not so the list of which the first is that of the modules. */
	test_kernel_certificates(&flat, sizes, 3, 0, true);
	check_certificates(&flat.bytes, 3, true);
	test_kernel_certificates(&flat, sizes, 3, 0, true);
	check_no_certificates(&flat.bytes, -EOPNOTSUPP, "several places in it");
}

/* Each word begins a list of a thousand certificates. */
static void test_certificates_long(void **state)
{
	static const uint8_t word[] = {0x30, 0x82, 0, 0xfc, 0x30, 0x82, 0, 0xfc};
	_cleanup_pieces_ struct test_pieces flat = {0};

	test_kernel_image(&flat, 0);
	test_kernel_certificates(&flat, sizes, 1, 0, true);
	for (size_t i = 0; i < 256 * KIB / sizeof(word); i++)
		strbuf_add(&flat.bytes, word, sizeof(word));
	check_no_certificates(&flat.bytes, -EOPNOTSUPP,
			      "too many bytes that look like certificates");
}

static void check_no_config(const struct strbuf *bytes, int code, uint64_t offset,
			    const char *words)
{
	_cleanup_kernel_ struct kernel *kernel = open_kernel(bytes);
	struct error error = ERROR_INIT;
	char *text;
	size_t size;

	assert_int_equal(kernel_read_config(kernel, &text, &size, &error), code);
	test_error(&error, code, offset, words);
}

static void test_config(void **state)
{
	_cleanup_pieces_ struct test_pieces flat = {0};
	_cleanup_kernel_ struct kernel *kernel = NULL;
	_cleanup_free_ char *text = NULL;
	struct error error = ERROR_INIT;
	size_t size, at;

	/* The mark alone is not a configuration. */
	test_pieces_add(&flat, "script", SHT_PROGBITS, "grep IKCFG_ST", 13, 1);
	test_kernel_image(&flat, TEST_KERNEL_CONFIG);
	kernel = open_kernel(&flat.bytes);
	test_ok(kernel_read_config(kernel, &text, &size, &error), &error);
	assert_string_equal(text, "CONFIG_MODULES=y\n");
	assert_int_equal(size, strlen(text));
	at = test_pieces_at(&flat, ".config") + 8;
	/* The stream ends with its check sum, its size, and the mark. */
	flat.bytes.data[flat.bytes.size - 16] ^= 1;
	check_no_config(&flat.bytes, -EBADMSG, flat.bytes.size - 12,
			"configuration: gzip data is broken");
	flat.bytes.data[flat.bytes.size - 1] ^= 1;
	check_no_config(&flat.bytes, -EBADMSG, at,
			"configuration has no mark 'IKCFG_ED' at its end");
	flat.bytes.data[at] ^= 1;
	check_no_config(&flat.bytes, -ENODATA, ERROR_NO_OFFSET,
			"has no configuration built in");
}

static void test_banner(void **state)
{
	_cleanup_pieces_ struct test_pieces flat = {0};
	_cleanup_kernel_ struct kernel *kernel = NULL;
	struct error error = ERROR_INIT;
	const char *release;

	test_pieces_add(&flat, "text", SHT_PROGBITS, "Linux version 6.12", 18, 1);
	memcpy(flat.bytes.data + 56, "ARM\x64", 4);
	kernel = open_kernel(&flat.bytes);
	assert_int_equal(kernel_read_release(kernel, &release, &error), -ENODATA);
	test_error(&error, -ENODATA, ERROR_NO_OFFSET,
		   "has no banner 'Linux version ...'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_used_gap),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_certificates_not_found),
		cmocka_unit_test(test_certificates_long),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_banner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
