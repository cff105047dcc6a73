/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/pe.h"

#include <stdio.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "test/lib/image.h"
#include "test/lib/run.h"
#include "test/lib/test.h"

#define _cleanup_image_ _cleanup_(image_done)
#define _cleanup_pe_    _cleanup_(pe_done)

static const struct image_part three[] = {{".text", "program", 0},
					  {".data", "values and more", 0},
					  {".profile", "ID=x", 0}};

static struct image make(void)
{
	return image_make(three, ARRAY_SIZE(three), true);
}

static int read_image(const struct image *image, struct pe *pe, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source =
		test_source(image->data, image->size);

	return pe_read(source, pe, error);
}

static struct pe read_good(const struct image *image)
{
	struct error error = ERROR_INIT;
	struct pe pe = {0};

	test_ok(read_image(image, &pe, &error), &error);
	return pe;
}

static void check_bad(const struct image *image, int code, uint64_t offset,
		      const char *words)
{
	struct error error = ERROR_INIT;
	struct pe pe;

	assert_int_equal(read_image(image, &pe, &error), code);
	test_error(&error, code, offset, words);
}

static void check_good(bool plus, const char *architecture)
{
	_cleanup_image_ struct image image = image_make(three, ARRAY_SIZE(three), plus);
	_cleanup_pe_ struct pe pe = read_good(&image);

	assert_int_equal(pe.plus, plus);
	assert_int_equal(pe.subsystem, 10);
	assert_int_equal(pe.size_of_image, 0x4000);
	assert_string_equal(pe_architecture(&pe), architecture);
	assert_int_equal(pe.faults, 0);
	assert_int_equal(pe.n_certificates, 0);
	assert_int_equal(pe.certificate_error.code, 0);
	assert_int_equal(pe.n_sections, 3);
	for (size_t i = 0; i < pe.n_sections; i++)
		assert_int_equal(pe.sections[i].faults, 0);
	assert_string_equal(pe.sections[1].name, ".data");
	assert_string_equal(pe.sections[2].name, ".profile");
	assert_int_equal(pe.sections[1].virtual_address, 0x2000);
	assert_int_equal(pe.sections[1].virtual_size, 15);
	assert_int_equal(pe.sections[1].raw_size, 512);
	assert_int_equal(pe.sections[1].size, 15);
	assert_memory_equal(image.data + pe.sections[1].raw_at, "values and more", 15);
}

static void test_good(void **state)
{
	check_good(true, "x86-64");
	check_good(false, "x86");
}

static void test_architecture(void **state)
{
	assert_string_equal(pe_architecture(&(struct pe){.machine = 0xaa64}), "arm64");
	assert_string_equal(pe_architecture(&(struct pe){.machine = 0x5064}), "riscv64");
	assert_null(pe_architecture(&(struct pe){.machine = 0x200}));
}

/* Shorter: no PE image, a cut header, or a section that is cut. */
static void check_cut(const struct image *image, size_t size)
{
	struct image cut = {.data = image->data, .size = size};
	size_t table_end = image_row(image, 3);
	struct error error = ERROR_INIT;
	struct pe pe;
	int r = read_image(&cut, &pe, &error);

	if (size < IMAGE_PE_AT + 4) {
		test_error(&error, -ENODATA, ERROR_NO_OFFSET, "is no PE image");
	} else if (size < table_end) {
		assert_int_equal(error.code, -EBADMSG);
		assert_non_null(strstr(error.message, "but the file ends at"));
	} else {
		assert_int_equal(r, 0);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(pe.sections[i].faults,
					 pe.sections[i].raw_at + pe.sections[i].raw_size >
							 size
						 ? PE_SECTION_FAULT_CUT
						 : 0);
		pe_done(&pe);
	}
	assert_int_equal(error.code, r);
}

static void test_cut_everywhere(void **state)
{
	_cleanup_image_ struct image image = make();

	for (size_t size = 0; size <= image.size; size++)
		check_cut(&image, size);
}

static void test_no_image(void **state)
{
	_cleanup_image_ struct image image = make();

	image.data[0] = 'N';
	check_bad(&image, -ENODATA, ERROR_NO_OFFSET, "is no PE image");
	image.data[0] = 'M';
	image.data[IMAGE_PE_AT + 1] = 'X';
	check_bad(&image, -ENODATA, ERROR_NO_OFFSET, "is no PE image");
	image.data[IMAGE_PE_AT + 1] = 'E';
	image_set(&image, 60, 60);
	check_bad(&image, -ENODATA, ERROR_NO_OFFSET, "is no PE image");
	image_set(&image, 60, UINT32_MAX);
	check_bad(&image, -ENODATA, ERROR_NO_OFFSET, "is no PE image");
}

static void test_bad_headers(void **state)
{
	_cleanup_image_ struct image image = make();

	image_set_short(&image, IMAGE_PE_AT + PE_N_SECTIONS, 0);
	check_bad(&image, -EBADMSG, IMAGE_PE_AT + PE_N_SECTIONS, "0 sections");
	image_set_short(&image, IMAGE_PE_AT + PE_N_SECTIONS, LIMIT_PE_SECTIONS + 1);
	check_bad(&image, -E2BIG, IMAGE_PE_AT + PE_N_SECTIONS,
		  "has 1025 sections, at most 1024");
	image_set_short(&image, IMAGE_PE_AT + PE_N_SECTIONS, 3);
	image_set_short(&image, IMAGE_PE_AT + PE_OPTIONAL_SIZE, 111);
	check_bad(&image, -EBADMSG, IMAGE_PE_AT + PE_OPTIONAL_SIZE,
		  "has 111 bytes, expected at least 112");
	image_set_short(&image, IMAGE_PE_AT + PE_OPTIONAL_SIZE, 1);
	check_bad(&image, -EBADMSG, IMAGE_PE_AT + PE_OPTIONAL_SIZE, "has 1 bytes");
	image_set_short(&image, IMAGE_PE_AT + PE_OPTIONAL_SIZE, UINT16_MAX);
	check_bad(&image, -EBADMSG, IMAGE_OPTIONAL_AT, "optional header has 65535 bytes");
	image_set_short(&image, IMAGE_PE_AT + PE_OPTIONAL_SIZE, 240);
	image_set_short(&image, IMAGE_OPTIONAL_AT, 0x107);
	check_bad(&image, -EBADMSG, IMAGE_OPTIONAL_AT, "magic 0x107, expected 0x10b");
}

/* EDK II wants exactly as many as there is room for, and 16 at most. */
static void test_directories(void **state)
{
	for (uint32_t n = 0; n < 20; n++) {
		_cleanup_image_ struct image image = make();
		_cleanup_pe_ struct pe pe = {0};

		image_set(&image, image_directories(&image), n);
		pe = read_good(&image);
		assert_int_equal(pe.faults, n == 16 ? 0 : PE_FAULT_DIRECTORIES);
	}
}

/* What one changed field of a section makes of the faults of sections 0 and 1. */
static void check_fault(size_t field, uint32_t value, unsigned first, unsigned second)
{
	_cleanup_image_ struct image image = make();
	_cleanup_pe_ struct pe pe = {0};

	image_set(&image, image_row(&image, 1) + field, value);
	pe = read_good(&image);
	assert_int_equal(pe.sections[0].faults, first);
	assert_int_equal(pe.sections[1].faults, second);
}

static void test_section_faults(void **state)
{
	check_fault(SECTION_RAW_AT, 0x10000, 0, PE_SECTION_FAULT_CUT);
	check_fault(SECTION_RAW_AT, UINT32_MAX, 0, PE_SECTION_FAULT_CUT);
	check_fault(SECTION_VIRTUAL_ADDRESS, 0x4000 - 15, 0, 0);
	check_fault(SECTION_VIRTUAL_ADDRESS, 0x4000 - 14, 0, PE_SECTION_FAULT_OUTSIDE);
	check_fault(SECTION_VIRTUAL_ADDRESS, UINT32_MAX, 0, PE_SECTION_FAULT_OUTSIDE);
	check_fault(SECTION_VIRTUAL_ADDRESS, 0x1006, PE_SECTION_FAULT_OVERLAP,
		    PE_SECTION_FAULT_OVERLAP);
	check_fault(SECTION_VIRTUAL_ADDRESS, 0x1007, 0, 0);
	check_fault(SECTION_VIRTUAL_ADDRESS, 0x800, 0, PE_SECTION_FAULT_UNSORTED);
	check_fault(SECTION_RAW_AT, 0x300, PE_SECTION_FAULT_OVERLAP_FILE,
		    PE_SECTION_FAULT_OVERLAP_FILE);
	check_fault(SECTION_VIRTUAL_SIZE, 513, 0, PE_SECTION_FAULT_SHORT);
	check_fault(SECTION_VIRTUAL_SIZE, 512, 0, 0);
	/* No bytes in the file: wherever they are not. */
	check_fault(SECTION_RAW_SIZE, 0, 0, PE_SECTION_FAULT_SHORT);
}

static void test_duplicate_names(void **state)
{
	const struct image_part parts[] = {
		{".initrd", "1", 0}, {".initrd", "2", 0}, {".initrdx", "3", 0}};
	_cleanup_image_ struct image image = image_make(parts, 3, true);
	_cleanup_pe_ struct pe pe = read_good(&image);

	assert_int_equal(pe.sections[0].faults, 0);
	assert_int_equal(pe.sections[1].faults, PE_SECTION_FAULT_DUPLICATE);
	assert_int_equal(pe.sections[2].faults, 0);
	assert_string_equal(pe.sections[2].name, ".initrdx");
}

static void test_section_open(void **state)
{
	_cleanup_image_ struct image image = make();
	_cleanup_pe_ struct pe pe = read_good(&image);
	_cleanup_(source_unrefp) struct source *source =
		test_source(image.data, image.size);
	_cleanup_(source_unrefp) struct source *slice = NULL;
	struct error error = ERROR_INIT;
	char text[7];

	test_ok(pe_section_open(source, &pe.sections[0], &slice, &error), &error);
	assert_int_equal(source_size(slice), sizeof(text));
	test_ok(source_read(slice, 0, text, sizeof(text), &error), &error);
	assert_memory_equal(text, "program", sizeof(text));

	pe.sections[0].faults = PE_SECTION_FAULT_CUT;
	assert_int_equal(pe_section_open(source, &pe.sections[0], &slice, &error),
			 -EBADMSG);
	test_error(&error, -EBADMSG, pe.sections[0].raw_at, "section '.text' has 512");
}

/* One certificate of @size bytes of contents, without padding; returns all its bytes. */
static size_t put_certificate(uint8_t *to, uint32_t size, uint8_t content)
{
	write_le(to, 4, size + 8);
	write_le(to + 4, 2, PE_CERTIFICATE_REVISION);
	write_le(to + 6, 2, PE_CERTIFICATE_PKCS7);
	memset(to + 8, content, size);
	return size + 8;
}

static void test_certificates(void **state)
{
	_cleanup_image_ struct image image = make();
	_cleanup_pe_ struct pe pe = {0};
	uint8_t table[64] = {0};
	size_t size, at = image.size;

	/* 13 bytes, padded to 16; then 9, of which the padding is left out. */
	(void)put_certificate(table, 5, 0xaa);
	size = 16 + put_certificate(table + 16, 1, 0xbb);
	image_sign(&image, table, size);
	pe = read_good(&image);
	assert_int_equal(pe.faults, 0);
	assert_int_equal(pe.n_certificates, 2);
	assert_int_equal(pe.certificates[0].offset, at);
	assert_int_equal(pe.certificates[0].revision, PE_CERTIFICATE_REVISION);
	assert_int_equal(pe.certificates[0].type, PE_CERTIFICATE_PKCS7);
	assert_int_equal(pe.certificates[0].data.size, 5);
	assert_memory_equal(pe.certificates[0].data.data, "\xaa\xaa\xaa\xaa\xaa", 5);
	assert_int_equal(pe.certificates[1].offset, at + 16);
	assert_int_equal(pe.certificates[1].data.size, 1);
	assert_int_equal(pe.certificates[1].data.data[0], 0xbb);
}

static void check_certificates(const uint8_t *table, size_t size, size_t n_good, int code,
			       uint64_t offset, const char *words)
{
	_cleanup_image_ struct image image = make();
	_cleanup_pe_ struct pe pe = {0};
	size_t at = image.size;

	image_sign(&image, table, size);
	pe = read_good(&image);
	assert_int_equal(pe.faults, PE_FAULT_CERTIFICATES);
	assert_int_equal(pe.n_certificates, n_good);
	test_error(&pe.certificate_error, code, at + offset, words);
}

static void test_bad_certificates(void **state)
{
	uint8_t table[8 * (LIMIT_PE_CERTIFICATES + 1)];

	(void)put_certificate(table, 8, 1);
	(void)put_certificate(table + 16, 8, 2);
	for (size_t size = 17; size < 32; size++)
		check_certificates(table, size, 1, -EBADMSG, 16, "has a length of");
	write_le(table, 4, 7);
	check_certificates(table, 32, 0, -EBADMSG, 0, "length of 7, must be between 8");
	for (size_t i = 0; i <= LIMIT_PE_CERTIFICATES; i++)
		(void)put_certificate(table + 8 * i, 0, 0);
	check_certificates(table, sizeof(table), LIMIT_PE_CERTIFICATES, -E2BIG,
			   (uint64_t)8 * LIMIT_PE_CERTIFICATES, "more than 64");
}

static void test_certificate_table_outside(void **state)
{
	_cleanup_image_ struct image image = make();
	size_t directory = image_directories(&image) + 4 + 4 * 8;
	static const struct {
		uint32_t at, size;
		int code;
	} tables[] = {{UINT32_MAX, 8, -EBADMSG},
		      {0, 1 << 20, -EBADMSG},
		      {0, (1 << 20) + 1, -E2BIG},
		      {0, UINT32_MAX, -E2BIG}};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		_cleanup_pe_ struct pe pe = {0};

		image_set(&image, directory, tables[i].at);
		image_set(&image, directory + 4, tables[i].size);
		pe = read_good(&image);
		assert_int_equal(pe.faults, PE_FAULT_CERTIFICATES);
		assert_int_equal(pe.n_certificates, 0);
		test_error(&pe.certificate_error, tables[i].code, tables[i].at,
			   "certificate table has");
	}
}

/* Every byte of the headers becomes each of some others: a result or a fault, no crash.
 */
static void test_any_byte(void **state)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	_cleanup_image_ struct image image = make();

	for (size_t at = 0; at < image_row(&image, 3); at++)
		for (size_t i = 0; i < sizeof(values); i++) {
			uint8_t old = image.data[at];
			struct error error = ERROR_INIT;
			struct pe pe;
			int r;

			image.data[at] = values[i];
			r = read_image(&image, &pe, &error);
			assert_true(r == 0 || error_is_input(r) || r == -ENODATA);
			if (r == 0)
				pe_done(&pe);
			image.data[at] = old;
		}
}

/* The names, sizes and offsets that objcopy gives to a section are what is read. */
static void test_objcopy(void **state)
{
	char *directory = test_directory_new();
	_cleanup_image_ struct image image = make();
	_cleanup_free_ char *in =
		test_directory_write(directory, "in.efi", image.data, image.size);
	_cleanup_free_ char *out = test_directory_write(directory, "out.efi", "", 0);
	_cleanup_free_ char *text = test_directory_write(directory, "x", "uname\n", 6);
	_cleanup_free_ char *add = NULL, *said = NULL;
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_pe_ struct pe pe = {0};
	struct error error = ERROR_INIT;
	const struct pe_section *last;
	uint8_t bytes[6];
	int status;

	assert_true(asprintf(&add, ".uname=%s", text) > 0);
	said = test_run((const char *[]){"objcopy", "--target=pei-x86-64",
					 "--add-section", add, "--change-section-vma",
					 ".uname=0x4000", in, out, NULL},
			&status);
	if (!said || strstr(said, "invalid bfd target")) {
		test_directory_free(directory);
		skip();
	}
	if (status != 0)
		fail_msg("%s", said);
	test_ok(source_open_file(out, &source, &error), &error);
	test_ok(pe_read(source, &pe, &error), &error);
	last = &pe.sections[pe.n_sections - 1];
	assert_string_equal(last->name, ".uname");
	assert_int_equal(last->virtual_address, 0x4000);
	assert_int_equal(last->virtual_size, sizeof(bytes));
	assert_int_equal(last->faults, 0);
	test_ok(source_read(source, last->raw_at, bytes, sizeof(bytes), &error), &error);
	assert_memory_equal(bytes, "uname\n", sizeof(bytes));
	test_directory_free(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_architecture),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_no_image),
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_section_faults),
		cmocka_unit_test(test_duplicate_names),
		cmocka_unit_test(test_section_open),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_bad_certificates),
		cmocka_unit_test(test_certificate_table_outside),
		cmocka_unit_test(test_any_byte),
		cmocka_unit_test(test_objcopy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
