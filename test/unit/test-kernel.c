/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/kernel.h"

#include "formats/core/cursor.h"
#include "test/lib/kernel.h"
#include "test/lib/test.h"

#define _cleanup_source_ _cleanup_(source_unrefp)
#define _cleanup_kernel_ _cleanup_(kernel_freep)
#define _cleanup_pieces_ _cleanup_(test_pieces_done)

static struct kernel *open_good(const struct strbuf *bytes)
{
	_cleanup_source_ struct source *source = test_source(bytes->data, bytes->size);
	struct error error = ERROR_INIT;
	struct kernel *kernel = NULL;

	test_ok(kernel_open(source, &kernel, &error), &error);
	return kernel;
}

static void check_bad(const struct strbuf *bytes, int code, uint64_t offset,
		      const char *words)
{
	_cleanup_source_ struct source *source = test_source(bytes->data, bytes->size);
	struct error error = ERROR_INIT;
	struct kernel *kernel;

	assert_int_equal(kernel_open(source, &kernel, &error), code);
	test_error(&error, code, offset, words);
}

static void check_symbols(struct kernel *kernel, bool checksums)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct exported_symbols symbols;

	test_ok(kernel_read_symbols(kernel, arena, &symbols, &error), &error);
	assert_int_equal(symbols.n_symbols, test_kernel_n_symbols);
	assert_int_equal(symbols.has_checksums, checksums);
	for (size_t i = 0; i < symbols.n_symbols; i++) {
		const struct exported_symbol *expected = &test_kernel_symbols[i];
		const struct exported_symbol *symbol =
			exported_symbols_find(&symbols, expected->name);

		assert_ptr_equal(symbol, &symbols.symbols[i]);
		assert_string_equal(symbol->namespace, expected->namespace);
		assert_int_equal(symbol->gpl_only, expected->gpl_only);
		assert_int_equal(symbol->checksum, checksums ? expected->checksum : 0);
	}
	assert_null(exported_symbols_find(&symbols, "alph"));
}

static void check_kernel(struct kernel *kernel, enum kernel_form form,
			 enum compression compression, const char *architecture)
{
	struct error error = ERROR_INIT;
	const char *release;

	assert_string_equal(kernel_form_name(kernel->form), kernel_form_name(form));
	assert_int_equal(kernel->compression, compression);
	assert_string_equal(kernel->architecture, architecture);
	test_ok(kernel_read_release(kernel, &release, &error), &error);
	assert_string_equal(release, TEST_KERNEL_RELEASE);
	/* The header's needs no image. */
	assert_int_equal(kernel->image == NULL, form == KERNEL_BZIMAGE);
	test_ok(kernel_read_banner_release(kernel, &release, &error), &error);
	assert_string_equal(release, TEST_KERNEL_RELEASE);
}

static void test_bzimage(void **state)
{
	for (int gzip = 0; gzip < 2; gzip++) {
		_cleanup_pieces_ struct test_pieces vmlinux = {0};
		_cleanup_strbuf_ struct strbuf image = {0};
		_cleanup_kernel_ struct kernel *kernel = NULL;

		test_kernel_vmlinux(&vmlinux, TEST_KERNEL_CHECKSUMS);
		test_kernel_bzimage(
			&image, span_make(vmlinux.bytes.data, vmlinux.bytes.size), gzip);
		kernel = open_good(&image);
		check_kernel(kernel, KERNEL_BZIMAGE,
			     gzip ? COMPRESSION_GZIP : COMPRESSION_NONE, "x86-64");
		check_symbols(kernel, true);
	}
}

static void test_zboot(void **state)
{
	_cleanup_pieces_ struct test_pieces flat = {0};
	_cleanup_strbuf_ struct strbuf image = {0};
	_cleanup_kernel_ struct kernel *kernel = NULL;

	test_kernel_image(&flat, TEST_KERNEL_CHECKSUMS);
	test_kernel_zboot(&image, span_make(flat.bytes.data, flat.bytes.size));
	kernel = open_good(&image);
	check_kernel(kernel, KERNEL_ZBOOT, COMPRESSION_GZIP, "arm64");
}

static void test_image(void **state)
{
	for (int gzip = 0; gzip < 2; gzip++) {
		_cleanup_pieces_ struct test_pieces flat = {0};
		_cleanup_strbuf_ struct strbuf packed = {0};
		_cleanup_kernel_ struct kernel *kernel = NULL;

		test_kernel_image(&flat, 0);
		test_gzip(&packed, span_make(flat.bytes.data, flat.bytes.size));
		kernel = open_good(gzip ? &packed : &flat.bytes);
		check_kernel(kernel, KERNEL_IMAGE,
			     gzip ? COMPRESSION_GZIP : COMPRESSION_NONE, "arm64");
	}
}

static void test_vmlinux(void **state)
{
	static const unsigned layouts[] = {
		0,
		TEST_KERNEL_CHECKSUMS,
		TEST_KERNEL_FLAGS,
		TEST_KERNEL_FLAGS | TEST_KERNEL_CHECKSUMS,
		TEST_KERNEL_ABSOLUTE | TEST_KERNEL_CHECKSUMS,
		TEST_KERNEL_ABSOLUTE | TEST_KERNEL_FLAGS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		_cleanup_pieces_ struct test_pieces vmlinux = {0};
		_cleanup_kernel_ struct kernel *kernel = NULL;

		test_kernel_vmlinux(&vmlinux, layouts[i]);
		kernel = open_good(&vmlinux.bytes);
		check_kernel(kernel, KERNEL_VMLINUX, COMPRESSION_NONE, "x86-64");
		check_symbols(kernel, layouts[i] & TEST_KERNEL_CHECKSUMS);
	}
}

/* One number of the header changed. */
static void check_header(size_t at, size_t size, uint64_t value, int code,
			 uint64_t offset, const char *words)
{
	_cleanup_strbuf_ struct strbuf image = {0};

	test_kernel_bzimage(&image, span_string("payload"), true);
	write_le((uint8_t *)image.data + at, size, value);
	check_bad(&image, code, offset, words);
}

static void test_bad_setup_header(void **state)
{
	check_header(0x202, 1, 0, -ENODATA, ERROR_NO_OFFSET, "is no kernel image");
	check_header(0x1fe, 1, 0, -ENODATA, ERROR_NO_OFFSET, "is no kernel image");
	check_header(0x206, 2, 0x207, -EOPNOTSUPP, 0x206, "has boot protocol 2.07");
	check_header(0x20e, 2, 0x200, -EBADMSG, 0x20e,
		     "kernel_version points to 1024, expected less than 1024");
	check_header(0x300, 1, ' ', -EBADMSG, 0x300, "has no release of 1 to 63 bytes");
	check_header(0x30b, 1, 0, -EBADMSG, 0x300, "has no release of 1 to 63 bytes");
	check_header(0x248, 4, UINT32_MAX, -EBADMSG, 0x248, "payload of");
	check_header(0x24c, 4, UINT32_MAX, -EBADMSG, 0x248,
		     "payload of 4294967295 bytes at 1040");
	check_header(0x24c, 4, 4, -EBADMSG, 0x248, "payload of 4 bytes at 1040");
}

static void test_bad_zboot(void **state)
{
	static const struct {
		size_t at;
		uint64_t value;
		int code;
		uint64_t offset;
		const char *words;
	} rows[] = {
		{24, 'x', -EOPNOTSUPP, 24, "is compressed in a way that is not known"},
		{8, UINT32_MAX, -EBADMSG, 8, "at 4294967295 is not inside"},
		{12, UINT32_MAX, -EBADMSG, 8, "payload of 4294967295 bytes at 128"},
		{12, 0, -EBADMSG, 8, "payload of 0 bytes at 128"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_strbuf_ struct strbuf image = {0};

		test_kernel_zboot(&image, span_string("payload"));
		write_le((uint8_t *)image.data + rows[i].at, 4, rows[i].value);
		check_bad(&image, rows[i].code, rows[i].offset, rows[i].words);
	}
}

static void test_no_kernel(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0}, packed = {0};

	check_bad(&text, -ENODATA, ERROR_NO_OFFSET, "is no kernel image");
	strbuf_add_string(&text, "nothing of the kind");
	check_bad(&text, -ENODATA, ERROR_NO_OFFSET, "is no kernel image");
	test_gzip(&packed, span_make(text.data, text.size));
	check_bad(&packed, -ENODATA, ERROR_NO_OFFSET, "holds no kernel image");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bzimage),
		cmocka_unit_test(test_zboot),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_vmlinux),
		cmocka_unit_test(test_bad_setup_header),
		cmocka_unit_test(test_bad_zboot),
		cmocka_unit_test(test_no_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
