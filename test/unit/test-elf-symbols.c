/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What elf_read_symbols() says of real programs and libraries is what readelf(1) says. */

#include <link.h>
#include <stdio.h>

#include "formats/core/limits.h"
#include "test/lib/elf.h"
#include "test/lib/run.h"

static int read_symbols(struct arena *arena, const void *data, size_t size,
			struct elfinfo **ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	int r = elfinfo_read(arena, source, ret, error);

	return r < 0 ? r : elf_read_symbols(arena, source, *ret, error);
}

/* As readelf(1) writes it: "@@" before the version that a plain reference means. */
static void describe(const struct elf_symbol *symbol, bool defined, struct strbuf *text)
{
	strbuf_addf(text, "%s %s", defined ? "defined" : "needed", symbol->name);
	if (symbol->version)
		strbuf_addf(text, "%s%s", defined && !symbol->hidden ? "@@" : "@",
			    symbol->version);
	strbuf_addf(text, "%s\n", symbol->weak ? " weak" : "");
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order of the lines is none of the question; readelf has that of the file. */
static char *sort_lines(const char *text)
{
	_cleanup_free_ char *copy = strdup(text), **lines = calloc(strlen(text) + 1, 8);
	_cleanup_strbuf_ struct strbuf sorted = {0};
	char *rest = copy, *line;
	size_t n = 0;

	while ((line = strsep(&rest, "\n")))
		lines[n++] = line;
	qsort(lines, n, sizeof(*lines), compare_lines);
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&sorted, "%s\n", lines[i]);
	return strbuf_take(&sorted);
}

static void check(const void *data, size_t size, const char *expected)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_strbuf_ struct strbuf text = {0};
	_cleanup_free_ char *ours = NULL, *theirs = NULL;
	struct elfinfo *info = NULL;
	struct error error = ERROR_INIT;

	test_ok(read_symbols(arena, data, size, &info, &error), &error);
	assert_int_equal(info->faults, 0);
	for (size_t i = 0; i < info->symbols->n_defined; i++)
		describe(&info->symbols->defined[i], true, &text);
	for (size_t i = 0; i < info->symbols->n_needed; i++)
		describe(&info->symbols->needed[i], false, &text);
	ours = sort_lines(strbuf_text(&text));
	theirs = sort_lines(expected);
	assert_string_equal(ours, theirs);
	for (size_t i = 0; i < info->symbols->n_needed; i++)
		assert_int_equal(!info->symbols->needed[i].version,
				 !info->symbols->needed[i].library);
}

/* "  12: 0000 8 FUNC WEAK DEFAULT UND abort@GLIBC_2.2.5 (3)" */
static void translate_line(char *line, const char *versions, struct strbuf *defined,
			   struct strbuf *needed)
{
	char binding[16], visibility[16], section[16], name[2048];

	if (sscanf(line, " %*u: %*x %*s %*s %15s %15s %15s %2047s", binding, visibility,
		   section, name) != 4 ||
	    strcmp(binding, "LOCAL") == 0 ||
	    (strcmp(visibility, "DEFAULT") != 0 && strcmp(visibility, "PROTECTED") != 0))
		return;
	/* The linker's mark of a version. */
	if (strcmp(section, "ABS") == 0 && strstr(versions, name))
		return;
	if (strcmp(section, "UND") == 0)
		strbuf_addf(needed, "needed %s%s\n", name,
			    strcmp(binding, "WEAK") == 0 ? " weak" : "");
	else
		strbuf_addf(defined, "defined %s\n", name);
}

/* The names of the versions that it defines, one a line. */
static char *read_versions(const char *path)
{
	const char *const arguments[] = {"readelf", "-W", "-V", path, NULL};
	_cleanup_strbuf_ struct strbuf versions = {0};
	_cleanup_free_ char *output = test_run(arguments, NULL);
	char *rest = output, *line;

	assert_non_null(output);
	while ((line = strsep(&rest, "\n"))) {
		const char *name = strstr(line, "Rev: ") ? strstr(line, "Name: ") : NULL;

		if (name)
			strbuf_addf(&versions, "%s\n", name);
	}
	strbuf_add_string(&versions, "\n");
	return strbuf_take(&versions);
}

static size_t find_n_symbols(const char *output)
{
	const char *at = strstr(output, "contains ");

	return at ? strtoul(at + strlen("contains "), NULL, 10) : 0;
}

/* The same bytes without section headers, as sstrip(1) leaves them. */
static void check_without_sections(uint8_t *bytes, size_t size, const char *expected)
{
	ElfW(Ehdr) *header = (void *)bytes;

	header->e_shoff = 0;
	header->e_shnum = header->e_shstrndx = 0;
	check(bytes, size, expected);
}

/* False if readelf is not installed. */
static bool check_with_readelf(const char *path)
{
	const char *const arguments[] = {"readelf", "-W", "--dyn-syms", path, NULL};
	_cleanup_free_ char *output = test_run(arguments, NULL);
	_cleanup_free_ char *versions = NULL;
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_strbuf_ struct strbuf defined = {0}, needed = {0};
	char *rest = output, *line;
	size_t size;

	if (!output)
		return false;
	assert_true(find_n_symbols(output) > 1);
	versions = read_versions(path);
	while ((line = strsep(&rest, "\n")))
		translate_line(line, versions, &defined, &needed);
	strbuf_add_string(&defined, strbuf_text(&needed));
	bytes = test_read_file(path, &size);
	check(bytes, size, strbuf_text(&defined));
	check_without_sections(bytes, size, strbuf_text(&defined));
	return true;
}

static int check_loaded(struct dl_phdr_info *info, size_t size, void *context)
{
	const char *path = info->dlpi_name;

	if (*path != '/')
		return 0;
	if (!check_with_readelf(path))
		return -1;
	*(bool *)context |= strstr(path, "/libc.so") != NULL;
	return 0;
}

static void test_own_executable_and_libraries(void **state)
{
	_cleanup_free_ char *path = realpath("/proc/self/exe", NULL);
	bool has_libc = false;

	assert_non_null(path);
	if (!check_with_readelf(path))
		skip();
	assert_int_equal(dl_iterate_phdr(check_loaded, &has_libc), 0);
	assert_true(has_libc);
}

/* Our smallest file has no symbols at all, which is an answer. */
static void test_none(void **state)
{
	struct test_elf image = test_elf_make();

	check(&image, sizeof(image), "");
	image.header.e_type = ET_REL;
	image.header.e_phoff = image.header.e_phnum = 0;
	check(&image, sizeof(image), "");
}

/* One symbol more than the bytes hold: those that are there are given, with the fault. */
static void test_outside(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct test_elf image = test_elf_make();
	struct elfinfo *info = NULL;
	struct error error = ERROR_INIT;

	/* Where the runpath was said to be; the strings are far behind the symbols. */
	image.dynamic[9] =
		(Elf64_Dyn){DT_SYMTAB, {TEST_ELF_ADDRESS + sizeof(image) - 24}};
	image.dynamic[0].d_un.d_ptr = TEST_ELF_ADDRESS + sizeof(image) + 24;
	test_ok(read_symbols(arena, &image, sizeof(image), &info, &error), &error);
	assert_int_equal(info->symbols->n_defined + info->symbols->n_needed, 0);
	assert_true(info->faults & ELF_FAULT_BAD_SYMBOLS);
}

/* The bytes are few, and each symbol names the same long string. */
static void test_string_named_often(void **state)
{
	const size_t n = 4096, size_long = 8192, at = sizeof(struct test_elf);
	const size_t symbols_at = (at + 7) / 8 * 8;
	const size_t strings_at = symbols_at + n * sizeof(Elf64_Sym);
	const size_t size = strings_at + size_long + 1;
	_cleanup_free_ uint8_t *bytes = calloc(1, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct test_elf *image = (void *)bytes;
	Elf64_Sym *symbols = (void *)(bytes + symbols_at);
	struct elfinfo *info = NULL;
	struct error error = ERROR_INIT;

	*image = test_elf_make();
	image->segments[0].p_filesz = size;
	image->dynamic[0].d_un.d_ptr = TEST_ELF_ADDRESS + strings_at;
	image->dynamic[1].d_un.d_val = size_long + 1;
	image->dynamic[2] = (Elf64_Dyn){DT_SYMTAB, {TEST_ELF_ADDRESS + symbols_at}};
	image->dynamic[4] = image->dynamic[6] = image->dynamic[2];
	for (size_t i = 0; i < n; i++)
		symbols[i] = (Elf64_Sym){.st_info = STB_GLOBAL << 4};
	memset(bytes + strings_at, 'x', size_long);
	image->dynamic[7] = image->dynamic[8] = image->dynamic[9] = image->dynamic[10] =
		image->dynamic[2];
	assert_int_equal(read_symbols(arena, bytes, size, &info, &error), -E2BIG);
	test_error(&error, -E2BIG, ERROR_NO_OFFSET, "more than 16777216 bytes of names");
	assert_null(info->symbols);
}

static void test_truncation(void **state)
{
	size_t size, n_refused = 0, n_read = 0;
	_cleanup_free_ uint8_t *bytes = test_read_file("/proc/self/exe", &size);

	for (size_t i = 0; i <= 100; i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new();
		struct elfinfo *info = NULL;
		struct error error = ERROR_INIT;
		int r = read_symbols(arena, bytes, size * i / 100, &info, &error);

		if (r < 0)
			assert_int_equal(error.code, r);
		if (r < 0)
			n_refused++;
		else
			n_read++;
	}
	assert_true(n_refused > 0);
	assert_true(n_read > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_executable_and_libraries),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_string_named_often),
		cmocka_unit_test(test_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
