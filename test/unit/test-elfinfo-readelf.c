/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What elfinfo_read() says of real programs and libraries is what readelf(1) says. */

#include <link.h>

#include "test/lib/elf.h"
#include "test/lib/run.h"

static void check(const void *data, size_t size, const char *expected)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	_cleanup_strbuf_ struct strbuf text = {0};
	struct elfinfo *info = NULL;
	struct error error = ERROR_INIT;

	test_ok(elfinfo_read(arena, source, &info, &error), &error);
	test_elf_describe(info, &text);
	assert_string_equal(strbuf_text(&text), expected);
	assert_int_equal(info->faults, 0);
	assert_int_equal(info->class_bits, 8 * sizeof(void *));
	assert_int_equal(info->machine, ((const ElfW(Ehdr) *)data)->e_machine);
}

/* The text in brackets or behind ": ", cut off at @end. */
static char *cut(char *line, const char *start, const char *end)
{
	char *at = strstr(line, start);

	if (!at)
		return NULL;
	at += strlen(start);
	at[strcspn(at, end)] = 0;
	return at;
}

/* What test_elf_describe() would say of the words of readelf(1). */
static void translate(char *output, struct strbuf *text)
{
	_cleanup_strbuf_ struct strbuf needed = {0}, defines = {0}, versions = {0};
	char *library = NULL, *line, *word;

	while ((line = strsep(&output, "\n"))) {
		bool weak = strstr(line, "Flags: WEAK"),
		     base = strstr(line, "Flags: BASE");

		if ((word = cut(line, "program interpreter: ", "]")))
			strbuf_addf(text, "interpreter %s\n", word);
		else if ((word = cut(line, "Library soname: [", "]")))
			strbuf_addf(text, "soname %s\n", word);
		else if ((word = cut(line, "Library rpath: [", "]")))
			strbuf_addf(text, "rpath %s\n", word);
		else if ((word = cut(line, "Library runpath: [", "]")))
			strbuf_addf(text, "runpath %s\n", word);
		else if ((word = cut(line, "Shared library: [", "]")))
			strbuf_addf(&needed, "needed %s\n", word);
		else if ((word = cut(line, "  File: ", " ")))
			library = word;
		else if (strstr(line, "Rev: ") && (word = cut(line, "Name: ", " ")) &&
			 !base)
			strbuf_addf(&defines, "defines %s\n", word);
		else if (!strstr(line, "Rev: ") && (word = cut(line, "  Name: ", " ")))
			strbuf_addf(&versions, "version %s:%s%s\n", library, word,
				    weak ? " weak" : "");
	}
	strbuf_add_string(text, strbuf_text(&needed));
	strbuf_add_string(text, strbuf_text(&defines));
	strbuf_add_string(text, strbuf_text(&versions));
}

/* False if readelf is not installed. */
static bool check_with_readelf(const char *path)
{
	const char *const arguments[] = {"readelf", "-W", "-l", "-d", "-V", path, NULL};
	_cleanup_free_ char *output = test_run(arguments, NULL);
	_cleanup_free_ uint8_t *bytes = NULL;
	_cleanup_strbuf_ struct strbuf expected = {0};
	size_t size;

	if (!output)
		return false;
	translate(output, &expected);
	assert_true(expected.size > 0);
	bytes = test_read_file(path, &size);
	check(bytes, size, strbuf_text(&expected));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_executable_and_libraries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
