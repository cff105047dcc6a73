/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ini.h"

#include "formats/core/limits.h"
#include "formats/core/strbuf.h"
#include "test/lib/test.h"

static int read_bytes(struct arena *arena, struct span bytes, struct ini *ret,
		      struct error *error)
{
	_cleanup_(source_unrefp) struct source *source =
		test_source(bytes.data, bytes.size);

	return ini_read(arena, source, ret, error);
}

/* "2 [Section] Key=value", a line each. */
static void check(const char *text, const char *expected)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_strbuf_ struct strbuf listed = {0};
	struct ini ini = {0};
	struct error error = ERROR_INIT;

	test_ok(read_bytes(arena, span_string(text), &ini, &error), &error);
	for (size_t i = 0; i < ini.n_entries; i++)
		strbuf_addf(&listed, "%u [%s] %s=%s\n", ini.entries[i].line,
			    ini.entries[i].section, ini.entries[i].key,
			    ini.entries[i].value);
	assert_string_equal(strbuf_text(&listed), expected);
}

static void check_bytes(struct span bytes, int code, uint64_t offset, const char *words)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct ini ini = {.n_entries = 77};
	struct error error = ERROR_INIT;

	assert_int_equal(read_bytes(arena, bytes, &ini, &error), code);
	test_error(&error, code, offset, words);
	assert_int_equal(ini.n_entries, 77);
}

static void check_error(const char *text, const char *words)
{
	check_bytes(span_string(text), -EBADMSG, ERROR_NO_OFFSET, words);
}

static void test_sections_and_keys(void **state)
{
	check("", "");
	check("\n\n", "");
	check("[A]\n", "");
	check("[A]\nx=1\n\n[B]\ny = 2 \nz=\n", "2 [A] x=1\n5 [B] y=2\n6 [B] z=\n");
	check("x=1\n", "1 [] x=1\n");
	check("[A]\nx=1", "2 [A] x=1\n");
	check("[A] \t\nx=1", "2 [A] x=1\n");
	check("\xef\xbb\xbf[A]\nx=1", "2 [A] x=1\n");
	check("[A]\r\nx=1\r\n", "2 [A] x=1\n");
	check("[A]\nx=a=b\n", "2 [A] x=a=b\n");
	check("[A]\nx=\xc3\xa4\n", "2 [A] x=\xc3\xa4\n");
}

static void test_repeated_keys_keep_their_order(void **state)
{
	check("[A]\nx=1\ny=2\nx=3\n[B]\n[A]\nx=1\n",
	      "2 [A] x=1\n3 [A] y=2\n4 [A] x=3\n7 [A] x=1\n");
}

static void test_many_entries(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0}, expected = {0};

	strbuf_add_string(&text, "[A]\n");
	for (unsigned i = 0; i < 1000; i++) {
		strbuf_addf(&text, "k%u=v%u\n", i, i);
		strbuf_addf(&expected, "%u [A] k%u=v%u\n", i + 2, i, i);
	}
	check(strbuf_text(&text), strbuf_text(&expected));
}

static void test_comments(void **state)
{
	check("# one\n[A]\n; two\n  # three\nx=1\n", "5 [A] x=1\n");
	check("[A]\nx=1 # no comment\ny=a;b\nz=;\n",
	      "2 [A] x=1 # no comment\n3 [A] y=a;b\n4 [A] z=;\n");
	check("# a ; b\n[A]\nx=1\n", "3 [A] x=1\n");
	check_error("[A]\nx=1 ; comment\n",
		    "line 2: has ';' behind a blank, but comments must have a line of");
	check_error("[A]\n\nx=1\t; comment\n", "line 3: has ';' behind a blank");
	check_error("[A] ; comment\n", "line 1: has ';' behind a blank");
}

/* White space in front of a line does not make it a part of the one above. */
static void test_no_continuation(void **state)
{
	check("[A]\nx=1\n  y=2\n\tz=3\n", "2 [A] x=1\n3 [A] y=2\n4 [A] z=3\n");
	check_error("[A]\nx=1\n  2\n", "line 3: expected '[Section]', 'Key=value'");
	check("[A]\nx=1 \\\ny=2\n", "2 [A] x=1 \\\n3 [A] y=2\n");
}

static void test_broken_lines(void **state)
{
	check_error("[A]\nwords\nx=1\n", "line 2: expected '[Section]', 'Key=value'");
	check_error("[A\nx=1\n", "line 1: expected");
	check_error("[A][B]\nx=1\n", "line 1: expected '[Section]' with nothing behind");
	check_error("[]\nx=1\n", "line 1: expected");
	check_error("[A]\n[B] x=1\n", "line 2: expected '[Section]' with nothing behind");
	check_error("[A]\n =1\n", "line 2: expected a key before '='");
	check_error("x=1\n[A]\ny\n[B\n", "line 3: expected");
}

/* @fill is repeated until the line has @size bytes. */
static char *make_line(const char *start, size_t size)
{
	size_t n = strlen(start);
	char *text = malloc(size + 32);

	memset(text, 'v', size + 32);
	memcpy(text, start, n);
	memcpy(text + size, "\ny=2\n", 6);
	return text;
}

static void test_long_lines(void **state)
{
	_cleanup_free_ char *longest = make_line("x=", INI_LINE_SIZE);
	_cleanup_free_ char *longer = make_line("x=", INI_LINE_SIZE + 1);
	_cleanup_free_ char *comment = make_line("#", INI_LINE_SIZE + 1);
	_cleanup_free_ char *longest_comment = make_line("#", INI_LINE_SIZE);
	_cleanup_strbuf_ struct strbuf expected = {0};

	strbuf_addf(&expected, "1 [] x=%.*s\n2 [] y=2\n", INI_LINE_SIZE - 2, longest + 2);
	check(longest, strbuf_text(&expected));
	check(longest_comment, "2 [] y=2\n");
	check_error(longer, "line 1: is longer than 196 bytes");
	check_error(comment, "line 1: is longer than 196 bytes");
}

/* The first fault of a file is the one that is told. */
static void test_first_fault(void **state)
{
	_cleanup_free_ char *longer = make_line("x=", 400);
	_cleanup_strbuf_ struct strbuf text = {0};

	strbuf_addf(&text, "words\n%s", longer);
	check_error(strbuf_text(&text), "line 1: expected");
	check_error("words\n[A] x=1\n", "line 1: expected");
	check_error("[A] x=1\nwords\n", "line 1: expected");
	check_error("a=1\nwords\nx=1 ;\n", "line 2: expected");
	strbuf_done(&text);
	strbuf_addf(&text, "%swords\n", longer);
	check_error(strbuf_text(&text), "line 1: is longer");
}

static void test_bytes_that_are_no_text(void **state)
{
	static const char nul[] = "[A]\nx=1\ny=\0002\n";

	check_bytes(span_make(nul, sizeof(nul) - 1), -EBADMSG, 10,
		    "line 3: has a NUL byte, expected text");
	check_bytes(span_string("[A]\nx=\xff\n"), -EBADMSG, 6,
		    "line 2: has byte 0xff, which is not valid UTF-8");
	check_bytes(span_string("# \xc3\n"), -EBADMSG, 2, "line 1: has byte 0xc3");
}

static void test_limit(void **state)
{
	_cleanup_free_ char *big = malloc(LIMIT_MANIFEST + 1);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct ini ini = {0};

	memset(big, '\n', LIMIT_MANIFEST + 1);
	check_bytes(span_make(big, LIMIT_MANIFEST + 1), -E2BIG, ERROR_NO_OFFSET,
		    "1048576");
	test_ok(read_bytes(arena, span_make(big, LIMIT_MANIFEST), &ini, NULL), NULL);
	assert_int_equal(ini.n_entries, 0);
}

/* Cut anywhere, a good file is read as far as it goes or its last line is blamed. */
static void test_truncation(void **state)
{
	static const char text[] = "# c\n[First]\nKey=value\nKey2=\n[B]\nx=1\n";

	for (size_t size = 0; size < sizeof(text); size++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new();
		struct ini ini = {0};
		struct error error = ERROR_INIT;
		int r = read_bytes(arena, span_make(text, size), &ini, &error);
		unsigned lines = 1;

		for (size_t i = 0; i + 1 < size; i++)
			lines += text[i] == '\n';
		if (r == 0)
			assert_in_range(ini.n_entries, 0, 3);
		else
			test_error(&error, -EBADMSG, ERROR_NO_OFFSET,
				   arena_printf(arena, "line %u: expected", lines));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections_and_keys),
		cmocka_unit_test(test_repeated_keys_keep_their_order),
		cmocka_unit_test(test_many_entries),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_no_continuation),
		cmocka_unit_test(test_broken_lines),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_first_fault),
		cmocka_unit_test(test_bytes_that_are_no_text),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
