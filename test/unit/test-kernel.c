/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/kernel.h"

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
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
	size_t n;
	const struct exported_symbol *expected = test_kernel_symbols(&n);

	test_ok(kernel_read_symbols(kernel, arena, &symbols, &error), &error);
	assert_int_equal(symbols.n_symbols, n);
	assert_int_equal(symbols.has_checksums, checksums);
	for (size_t i = 0; i < n; i++) {
		const struct exported_symbol *symbol =
			exported_symbols_find(&symbols, expected[i].name);

		assert_ptr_equal(symbol, &symbols.symbols[i]);
		assert_string_equal(symbol->namespace, expected[i].namespace);
		assert_int_equal(symbol->gpl_only, expected[i].gpl_only);
		assert_int_equal(symbol->checksum, checksums ? expected[i].checksum : 0);
	}
	assert_null(exported_symbols_find(&symbols, "symbol"));
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
	static const enum compression compressions[] = {
		COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_XZ, COMPRESSION_ZSTD,
		COMPRESSION_LZ4};

	for (size_t i = 0; i < ARRAY_SIZE(compressions); i++) {
		_cleanup_pieces_ struct test_pieces vmlinux = {0};
		_cleanup_strbuf_ struct strbuf image = {0};
		_cleanup_kernel_ struct kernel *kernel = NULL;

		test_kernel_vmlinux(&vmlinux, TEST_KERNEL_CHECKSUMS);
		test_kernel_bzimage(&image,
				    span_make(vmlinux.bytes.data, vmlinux.bytes.size),
				    compressions[i]);
		kernel = open_good(&image);
		check_kernel(kernel, KERNEL_BZIMAGE, compressions[i], "x86-64");
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
	check_symbols(kernel, true);
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
		check_symbols(kernel, false);
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

	test_kernel_bzimage(&image, span_string("payload"), COMPRESSION_GZIP);
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
	while (text.size < 0x1000e)
		strbuf_add_char(&text, 0);
	memcpy(text.data + 0x10008, "S390EP", 6);
	check_bad(&text, -EOPNOTSUPP, ERROR_NO_OFFSET, "is a bzImage of s390x");
	memcpy(text.data + 0x24, "\x18\x28\x6f\x01", 4);
	check_bad(&text, -EOPNOTSUPP, ERROR_NO_OFFSET, "is a zImage of arm");
}

/* Reads all that there is; 0 if all of it is there. */
static int read_all(const struct strbuf *bytes, size_t size, struct error *error)
{
	_cleanup_source_ struct source *source = test_source(bytes->data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_kernel_ struct kernel *kernel = NULL;
	struct exported_symbols symbols;
	const char *release;
	int r = kernel_open(source, &kernel, error);

	if (r == 0)
		r = kernel_read_symbols(kernel, arena, &symbols, error);
	return r == 0 ? kernel_read_release(kernel, &release, error) : r;
}

static void check_cuts(const struct strbuf *bytes)
{
	struct error error = ERROR_INIT;

	test_ok(read_all(bytes, bytes->size, &error), &error);
	for (size_t size = 0; size < bytes->size; size++) {
		error = (struct error)ERROR_INIT;
		assert_true(read_all(bytes, size, &error) < 0);
		assert_true(error.code == -EBADMSG || error.code == -ENODATA ||
			    error.code == -EOPNOTSUPP);
		assert_true(error.code != -EBADMSG || error.offset != ERROR_NO_OFFSET);
	}
}

static void make_bzimage(struct strbuf *image, enum compression compression)
{
	_cleanup_pieces_ struct test_pieces vmlinux = {0};

	test_kernel_vmlinux(&vmlinux, TEST_KERNEL_CHECKSUMS);
	test_kernel_bzimage(image, span_make(vmlinux.bytes.data, vmlinux.bytes.size),
			    compression);
}

static void test_cut(void **state)
{
	_cleanup_pieces_ struct test_pieces vmlinux = {0}, flat = {0};
	_cleanup_strbuf_ struct strbuf xz = {0}, zstd = {0}, zboot = {0}, packed = {0};

	test_kernel_vmlinux(&vmlinux, TEST_KERNEL_CHECKSUMS);
	check_cuts(&vmlinux.bytes);
	make_bzimage(&xz, COMPRESSION_XZ);
	check_cuts(&xz);
	make_bzimage(&zstd, COMPRESSION_ZSTD);
	check_cuts(&zstd);
	test_kernel_image(&flat, TEST_KERNEL_CHECKSUMS);
	test_kernel_zboot(&zboot, span_make(flat.bytes.data, flat.bytes.size));
	check_cuts(&zboot);
	test_gzip(&packed, span_make(flat.bytes.data, flat.bytes.size));
	check_cuts(&packed);
	check_cuts(&flat.bytes);
}

/* A fault of the payload is told by its place in the file. */
static void test_broken_payload(void **state)
{
	static const enum compression compressions[] = {COMPRESSION_XZ, COMPRESSION_ZSTD};

	for (size_t i = 0; i < ARRAY_SIZE(compressions); i++) {
		_cleanup_strbuf_ struct strbuf image = {0};
		struct error error = ERROR_INIT;

		make_bzimage(&image, compressions[i]);
		/* The header of the stream is good, as its start has to be. */
		memset(image.data + 1040 + 20, 0xff, 200);
		assert_int_equal(read_all(&image, image.size, &error), -EBADMSG);
		assert_true(error.offset >= 1040 && error.offset < image.size);
		assert_non_null(strstr(error.message, compression_name(compressions[i])));
	}
}

static void test_foreign_payload(void **state)
{
	_cleanup_strbuf_ struct strbuf bzimage = {0}, zboot = {0};
	struct error error = ERROR_INIT;

	test_kernel_bzimage(&bzimage, span_string("payload"), COMPRESSION_GZIP);
	assert_int_equal(read_all(&bzimage, bzimage.size, &error), -EBADMSG);
	test_error(&error, -EBADMSG, 1040, "payload is no ELF file");
	test_kernel_zboot(&zboot, span_string("payload"));
	assert_int_equal(read_all(&zboot, zboot.size, &error), -EBADMSG);
	test_error(&error, -EBADMSG, 128, "payload is no Image");
}

static void check_bomb(const struct strbuf *image)
{
	_cleanup_source_ struct source *source = test_source(image->data, image->size);
	_cleanup_kernel_ struct kernel *kernel = NULL;
	struct error error = ERROR_INIT;

	test_ok(kernel_open(source, &kernel, &error), &error);
	assert_int_equal(kernel_unpack(kernel, &error), -E2BIG);
	test_error(&error, -E2BIG, ERROR_NO_OFFSET, "unpacks to more than");
}

static void test_bomb(void **state)
{
	_cleanup_strbuf_ struct strbuf gzip = {0}, zstd = {0};
	size_t size = 24 * MIB;
	_cleanup_free_ uint8_t *zeros = calloc(1, size);

	assert_non_null(zeros);
	memcpy(zeros + 56, "ARM\x64", 4);
	test_gzip(&gzip, span_make(zeros, size));
	check_bomb(&gzip);
	test_kernel_bzimage(&zstd, span_make(zeros, size), COMPRESSION_ZSTD);
	check_bomb(&zstd);
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
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_broken_payload),
		cmocka_unit_test(test_foreign_payload),
		cmocka_unit_test(test_bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
