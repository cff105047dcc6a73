/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/elfinfo.h"

#include <endian.h>

#include "test/lib/elf.h"

static void check(const void *data, size_t size, const char *expected, unsigned faults)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	_cleanup_strbuf_ struct strbuf text = {0};
	struct elfinfo *info = NULL;
	struct error error = ERROR_INIT;

	test_ok(elfinfo_read(arena, source, &info, &error), &error);
	test_elf_describe(info, &text);
	assert_string_equal(strbuf_text(&text), expected);
	assert_int_equal(info->faults, faults);
}

static void check_error(const void *data, size_t size, uint64_t offset, const char *words)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	struct elfinfo *info = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(elfinfo_read(arena, source, &info, &error), -EBADMSG);
	test_error(&error, -EBADMSG, offset, words);
	assert_null(info);
}

#define NAMES_BEFORE "interpreter /lib/ld\nsoname me.so.1\nrpath /run\nrunpath /run\n"
#define NEEDED       "needed libm.so.6\nneeded libc.so.6\n"
#define DEFINES      "defines ME_1\n"
#define VERSIONS     "version libc.so.6:C_2.2\nversion libc.so.6:C_2.4 weak\n"
#define EVERYTHING   NAMES_BEFORE NEEDED DEFINES VERSIONS

static void test_everything(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct test_elf image = test_elf_make();
	struct elfinfo *info = NULL;

	check(&image, sizeof(image), EVERYTHING, 0);
	source = test_source(&image, sizeof(image));
	test_ok(elfinfo_read(arena, source, &info, NULL), NULL);
	assert_int_equal(info->class_bits, 64);
	assert_int_equal(info->machine, EM_X86_64);
	assert_int_equal(info->type, ET_DYN);
	assert_string_equal(info->machine_name, "x86-64");
	assert_int_equal(info->big_endian, __BYTE_ORDER == __BIG_ENDIAN);
}

/* Each is read once, even if two segments say where it is. */
static void test_two_dynamic_segments(void **state)
{
	struct test_elf image = test_elf_make();

	image.segments[3] = image.segments[2];
	check(&image, sizeof(image), EVERYTHING, 0);
}

static void test_relocatable(void **state)
{
	struct test_elf image = test_elf_make();

	image.header.e_type = ET_REL;
	image.header.e_phoff = image.header.e_phnum = 0;
	check(&image, sizeof(image), "", 0);
}

static void test_bad_strings(void **state)
{
	struct test_elf image = test_elf_make();

	image.dynamic[8].d_un.d_val = TEST_ELF_STRINGS_SIZE; /* soname */
	check(&image, sizeof(image),
	      "interpreter /lib/ld\nrpath /run\nrunpath /run\n" NEEDED DEFINES VERSIONS,
	      ELF_FAULT_BAD_DYNAMIC);
	image = test_elf_make();
	image.dynamic[0].d_un.d_ptr = 0;
	check(&image, sizeof(image), "interpreter /lib/ld\n", ELF_FAULT_BAD_DYNAMIC);
	image = test_elf_make();
	image.dynamic[1].d_un.d_val =
		test_elf_string_at("ME_1") + 4; /* its NUL is behind the end */
	check(&image, sizeof(image), NAMES_BEFORE NEEDED VERSIONS, ELF_FAULT_BAD_DYNAMIC);
	image = test_elf_make();
	memset(image.interpreter, 'x', sizeof(image.interpreter));
	check(&image, sizeof(image),
	      "soname me.so.1\nrpath /run\nrunpath /run\n" NEEDED DEFINES VERSIONS,
	      ELF_FAULT_BAD_DYNAMIC);
}

static void test_bad_versions(void **state)
{
	struct test_elf image = test_elf_make();

	image.dynamic[2].d_un.d_ptr = TEST_ELF_ADDRESS + sizeof(image);
	check(&image, sizeof(image), NAMES_BEFORE NEEDED DEFINES, ELF_FAULT_BAD_DYNAMIC);
	image = test_elf_make();
	image.dynamic[4].d_un.d_ptr = TEST_ELF_ADDRESS - 1;
	check(&image, sizeof(image), NAMES_BEFORE NEEDED VERSIONS, ELF_FAULT_BAD_DYNAMIC);
	image = test_elf_make();
	image.needed[0].vna_next = sizeof(image);
	check(&image, sizeof(image),
	      NAMES_BEFORE NEEDED DEFINES "version libc.so.6:C_2.2\n",
	      ELF_FAULT_BAD_DYNAMIC);
	/* The records end where one says so, whatever their number. */
	image = test_elf_make();
	image.need.vn_cnt = UINT16_MAX;
	check(&image, sizeof(image), EVERYTHING, 0);
}

static void test_broken_headers(void **state)
{
	struct test_elf image = test_elf_make();

	check_error("", 0, 0, "does not begin with 7f 'ELF'");
	check_error("#!/bin/sh\n", 10, 0, "does not begin with 7f 'ELF'");
	check_error(&image, sizeof(image.header) - 1, 0, "ELF header is broken");
	check_error(&image, sizeof(image.header), sizeof(image.header),
		    "4 program headers of 56 bytes at 64 reach over the end at 64");
	image.segments[2].p_filesz = sizeof(image);
	check_error(&image, sizeof(image), offsetof(struct test_elf, dynamic),
		    "dynamic section reaches over the end");
	image = test_elf_make();
	image.header.e_ident[EI_CLASS] = 3;
	check_error(&image, sizeof(image), 0, "ELF header is broken");
}

/* Reads it; whatever the bytes say, there is an answer or the input is blamed. */
static int read_any(const void *data, size_t size)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	_cleanup_strbuf_ struct strbuf text = {0};
	struct elfinfo *info = NULL;
	struct error error = ERROR_INIT;
	int r = elfinfo_read(arena, source, &info, &error);

	if (r == 0)
		test_elf_describe(info, &text);
	else
		assert_true(error_is_input(r) && error.message[0]);
	return r;
}

static void test_truncation(void **state)
{
	struct test_elf image = test_elf_make();
	size_t dynamic_end = offsetof(struct test_elf, dynamic) + sizeof(image.dynamic);

	for (size_t size = 0; size < sizeof(image); size++)
		assert_int_equal(read_any(&image, size),
				 size < dynamic_end ? -EBADMSG : 0);
}

static void test_changed_bytes(void **state)
{
	static const uint8_t values[] = {0, 1, 2, 3, 4, 8, 0x3f, 0x7f, 0x80, 0xfe, 0xff};
	size_t n_refused = 0, n_read = 0;

	for (size_t at = 0; at < sizeof(struct test_elf); at++)
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			struct test_elf image = test_elf_make();

			((uint8_t *)&image)[at] = values[i];
			if (read_any(&image, sizeof(image)) < 0)
				n_refused++;
			else
				n_read++;
		}
	assert_true(n_refused > 0);
	assert_true(n_read > n_refused);
}

/* Many records that name one long string must not fill the memory. */
static void test_string_named_often(void **state)
{
	const size_t n_records = 8192, size_long = 8192;
	/* libelf wants multiples of 16 between the records. */
	const size_t need_at = offsetof(struct test_elf, need);
	size_t records_at = need_at + (sizeof(struct test_elf) - need_at + 15) / 16 * 16;
	size_t size = records_at + n_records * sizeof(Elf64_Vernaux) + size_long + 1;
	_cleanup_free_ uint8_t *bytes = calloc(1, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct test_elf *image = (void *)bytes;
	Elf64_Vernaux *records = (void *)(bytes + records_at);
	struct elfinfo *info = NULL;
	struct error error = ERROR_INIT;

	*image = test_elf_make();
	memset(bytes + size - size_long - 1, 'x', size_long);
	image->segments[0].p_filesz = size;
	image->dynamic[1].d_un.d_val = size - offsetof(struct test_elf, strings);
	image->need.vn_cnt = (uint16_t)n_records;
	image->need.vn_aux = (uint32_t)(records_at - need_at);
	for (size_t i = 0; i < n_records; i++)
		records[i] = (Elf64_Vernaux){
			.vna_name = (uint32_t)(size - size_long - 1 -
					       offsetof(struct test_elf, strings)),
			.vna_next = sizeof(Elf64_Vernaux)};
	source = test_source(bytes, size);
	assert_int_equal(elfinfo_read(arena, source, &info, &error), -E2BIG);
	test_error(&error, -E2BIG, ERROR_NO_OFFSET,
		   "more than 16777216 bytes of strings");
	assert_null(info);
}

static void test_architectures(void **state)
{
	static const struct {
		uint16_t machine;
		uint8_t bits;
		bool big;
		const char *name;
	} rows[] = {
		{EM_X86_64, 64, false, "x86-64"},  {EM_386, 32, false, "x86"},
		{EM_AARCH64, 64, false, "arm64"},  {EM_ARM, 32, false, "arm"},
		{EM_RISCV, 64, false, "riscv64"},  {EM_RISCV, 32, false, "riscv32"},
		{EM_PPC64, 64, false, "ppc64-le"}, {EM_PPC64, 64, true, "ppc64"},
		{EM_S390, 64, true, "s390x"},
	};
	struct elfinfo info = {.machine = EM_BPF, .class_bits = 64};

	assert_null(elf_architecture(&info));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		info = (struct elfinfo){.machine = rows[i].machine,
					.class_bits = rows[i].bits,
					.big_endian = rows[i].big};
		assert_string_equal(elf_architecture(&info), rows[i].name);
	}
	assert_true(elf_probe(span_make("\177ELF", 4)));
	assert_false(elf_probe(span_make("\177EL", 3)));
	assert_false(elf_probe(span_make("ELF\177", 4)));
}

static int add_path(void *context, const char *path)
{
	strbuf_addf(context, "%s\n", path);
	return 0;
}

static void test_paths(void **state)
{
	struct test_elf image = test_elf_make();
	_cleanup_(source_unrefp) struct source *source = NULL, *writable = NULL;
	_cleanup_strbuf_ struct strbuf found = {0}, none = {0};
	struct error error = ERROR_INIT;

	source = test_source(&image, sizeof(image));
	test_ok(elf_find_paths(source, add_path, &found, &error), &error);
	assert_string_equal(strbuf_text(&found), "/lib/ld\n/run\n/usr/bin/helper\n");
	image.segments[0].p_flags |= PF_W;
	writable = test_source(&image, sizeof(image));
	test_ok(elf_find_paths(writable, add_path, &none, &error), &error);
	assert_string_equal(strbuf_text(&none), "");
}

/* A real library, cut at many lengths. */
static void test_truncated_executable(void **state)
{
	size_t size, n_refused = 0;
	_cleanup_free_ uint8_t *bytes = test_read_file("/proc/self/exe", &size);

	for (size_t i = 0; i < 200; i++)
		n_refused += read_any(bytes, size * i / 200) < 0;
	assert_true(n_refused > 0);
	assert_int_equal(read_any(bytes, size), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_two_dynamic_segments),
		cmocka_unit_test(test_relocatable),
		cmocka_unit_test(test_bad_strings),
		cmocka_unit_test(test_bad_versions),
		cmocka_unit_test(test_broken_headers),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_string_named_often),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_truncated_executable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
