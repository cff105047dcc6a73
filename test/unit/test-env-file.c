/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/strbuf.h"
#include "formats/env-file.h"
#include "test/lib/test.h"

/*
 * What systemd 257 and 262 make of a text: rules.md, 2.4. Each assignment is
 * "key=value;".
 */
struct row {
	const char *text;
	const char *expected;
	unsigned faults;
	unsigned fault_line;
};

static char *describe(const struct env_file *file)
{
	_cleanup_strbuf_ struct strbuf words = {0};

	for (size_t i = 0; i < file->n_assignments; i++)
		strbuf_addf(&words, "%s=%s;", file->assignments[i].key,
			    file->assignments[i].value);
	return strbuf_take(&words);
}

static struct env_file parse(struct arena *arena, const char *text, size_t size)
{
	/* A copy of exactly that size, so that an overread is seen. */
	_cleanup_free_ uint8_t *copy = malloc(size ? size : 1);
	struct error error = ERROR_INIT;
	struct env_file file;

	assert_non_null(copy);
	if (size > 0)
		memcpy(copy, text, size);
	test_ok(env_file_parse(arena, span_make(copy, size), 0, &file, &error), &error);
	return file;
}

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new();
		struct env_file file = parse(arena, rows[i].text, strlen(rows[i].text));
		_cleanup_free_ char *words = describe(&file);

		if (strcmp(words, rows[i].expected) != 0)
			print_message("row %zu: '%s'\n", i, rows[i].text);
		assert_string_equal(words, rows[i].expected);
		assert_int_equal(file.faults, rows[i].faults);
		assert_int_equal(file.fault_line, rows[i].fault_line);
		assert_false(env_file_unusable(&file));
	}
}

/* A comment that ends in a backslash swallows the next line before 254. */
static void test_comments_go_on(void **state)
{
	static const char text[] = "# a \\\nID=x\nNAME=y\n";
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct env_file file;
	_cleanup_free_ char *words = NULL;

	test_ok(env_file_parse(arena, span_string(text), ENV_FILE_COMMENTS_GO_ON, &file,
			       &error),
		&error);
	words = describe(&file);
	assert_string_equal(words, "NAME=y;");
	file = parse(arena, text, strlen(text));
	assert_int_equal(file.n_assignments, 2);
}

#define NO_ASSIGNMENT ENV_FILE_FAULT_NO_ASSIGNMENT
#define UNTERMINATED  ENV_FILE_FAULT_UNTERMINATED

static void test_comments(void **state)
{
	static const struct row rows[] = {
		{"# a=b\nID=x\n", "ID=x;", 0, 0},
		{"; a=b\nID=x\n", "ID=x;", 0, 0},
		{" \t# a=b\n\t; c=d\nID=x\n", "ID=x;", 0, 0},
		/*
		 * Since 254 the end of the line ends a comment, whatever stands before
		 * it.
		 */
		{"# a \\\nID=x\n", "ID=x;", 0, 0},
		{"# a \\b\nID=x\n", "ID=x;", 0, 0},
		{"# a \\\\\nID=x\n", "ID=x;", 0, 0},
		{"# a\rID=x\n", "ID=x;", 0, 0},
		{"# a", "", 0, 0},
		{"# a\\", "", 0, 0},
		/* Behind a value it is no comment. */
		{"ID=_any # c\n", "ID=_any # c;", 0, 0},
		{"ID=\"_any\" # c\n", "ID=_any# c;", 0, 0},
		{"ID='_any'# c\n", "ID=_any# c;", 0, 0},
		{"ID=#c\n", "ID=#c;", 0, 0},
		{"ID;=x\n", "ID;=x;", 0, 0},
	};

	check_rows(rows, ARRAY_SIZE(rows));
}

static void test_lines_and_keys(void **state)
{
	static const struct row rows[] = {
		{"", "", 0, 0},
		{"\n\n \t\n", "", 0, 0},
		{"A=1\r\nB=2\r\n", "A=1;B=2;", 0, 0},
		{"A=1\rB=2\r", "A=1;B=2;", 0, 0},
		{"A=1\n\n\nB=2\n", "A=1;B=2;", 0, 0},
		{"A=1", "A=1;", 0, 0},
		{"A=", "A=;", 0, 0},
		{"A=1 ", "A=1;", 0, 0},
		{"\xef\xbb\xbfID=x\n", "\xef\xbb\xbfID=x;", 0, 0},
		{"ID =x\n", "ID=x;", 0, 0},
		{"  ID \t =x\n", "ID=x;", 0, 0},
		{"I D=x\n", "I D=x;", 0, 0},
		{"export ID=x\n", "export ID=x;", 0, 0},
		{"1-$=x\n", "1-$=x;", 0, 0},
		{"A=b=c\n", "A=b=c;", 0, 0},
		{"words\nA=1\n", "A=1;", NO_ASSIGNMENT, 1},
		{"A=1\n\nwords", "A=1;", NO_ASSIGNMENT, 3},
		/* A '=' that begins a line is the first byte of a key. */
		{"=x\nA=1\n", "A=1;", NO_ASSIGNMENT, 1},
		{"==x\n", "==x;", 0, 0},
	};

	check_rows(rows, ARRAY_SIZE(rows));
}

static void test_values(void **state)
{
	static const struct row rows[] = {
		{"A=  x\n", "A=x;", 0, 0},
		{"A=x \t \n", "A=x;", 0, 0},
		{"A=a  b \n", "A=a  b;", 0, 0},
		{"A=a'b'\n", "A=a'b';", 0, 0},
		{"A=a\"b\n", "A=a\"b;", 0, 0},
		{"A='_a'ny\n", "A=_any;", 0, 0},
		{"A=\"_a\"'n'y\n", "A=_any;", 0, 0},
		{"A='_a' 'ny'\n", "A=_any;", 0, 0},
		{"A=' x '\n", "A= x ;", 0, 0},
		{"A=' x ' \n", "A= x ;", 0, 0},
		{"A=$B ${C}\n", "A=$B ${C};", 0, 0},
		/* Unquoted escapes. */
		{"A=\\a\\'\\\\\n", "A=a'\\;", 0, 0},
		{"A=a\\\nb\n", "A=ab;", 0, 0},
		{"A=a \\\n b\n", "A=a  b;", 0, 0},
		{"A=\\\nb\n", "A=b;", 0, 0},
		{"A=x\\ \n", "A=x ;", 0, 0},
		{"A=x\\", "A=x;", 0, 0},
		/*
		 * Double quotes: the backslash goes before four characters and a newline.
		 */
		{"A=\"\\\"\\\\\\$\\`\"\n", "A=\"\\$`;", 0, 0},
		{"A=\"\\a\\'\"\n", "A=\\a\\';", 0, 0},
		{"A=\"a\\\nb\"\n", "A=ab;", 0, 0},
		{"A=\"a\nb\"\n", "A=a\nb;", 0, 0},
		{"A=\"#;'=\"\n", "A=#;'=;", 0, 0},
		/* Single quotes: everything as it stands. */
		{"A='\\a\\\\$\"'\n", "A=\\a\\\\$\";", 0, 0},
		{"A='a\\\nb'\n", "A=a\\\nb;", 0, 0},
		/* An open quote takes all that follows, and is assigned. */
		{"A='x\nB=y\n", "A=x\nB=y\n;", UNTERMINATED, 1},
		{"\nA=\"x \nB=y ", "A=x \nB=y ;", UNTERMINATED, 2},
		{"A=\"x\\", "A=x;", UNTERMINATED, 1},
		{"words\nA='", "A=;", NO_ASSIGNMENT | UNTERMINATED, 1},
	};

	check_rows(rows, ARRAY_SIZE(rows));
}

/* No value of an assignment before may show through an empty one. */
static void test_empty_values(void **state)
{
	static const struct row rows[] = {
		{"A=\nB=x\n", "A=;B=x;", 0, 0},
		{"A=x\nB=\nC=y\n", "A=x;B=;C=y;", 0, 0},
		{"A=x\nB=", "A=x;B=;", 0, 0},
		{"A=x\nB=''\n", "A=x;B=;", 0, 0},
		{"A=x\nB=\"\"\n", "A=x;B=;", 0, 0},
		{"A=x\nB= \t\n", "A=x;B=;", 0, 0},
		{"A=x\nB=\\\n\n", "A=x;B=;", 0, 0},
		{"A=xyz\nlong words\nB=\n", "A=xyz;B=;", NO_ASSIGNMENT, 2},
	};

	check_rows(rows, ARRAY_SIZE(rows));
}

static void test_duplicates_and_lines(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	static const char text[] = "ID=a\n#\nID='b\nc'\nX=1\nID=\nid=d\n";
	struct env_file file = parse(arena, text, sizeof(text) - 1);

	assert_int_equal(file.n_assignments, 5);
	assert_int_equal(file.assignments[1].line, 3);
	assert_int_equal(file.assignments[2].line, 5);
	assert_string_equal(env_file_get(&file, "ID"), "");
	assert_int_equal(env_file_find(&file, "ID")->line, 6);
	assert_string_equal(env_file_get(&file, "id"), "d");
	assert_null(env_file_find(&file, "I"));
	assert_null(env_file_get(&file, "IDX"));
}

static void check_unusable(const char *text, size_t size, unsigned faults, unsigned line)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct env_file file = parse(arena, text, size);

	assert_int_equal(file.faults, faults);
	assert_int_equal(file.fault_line, line);
	assert_true(env_file_unusable(&file));
}
#define check_unusable(text, faults, line) \
	check_unusable(text, sizeof(text) - 1, faults, line)

static void test_nul(void **state)
{
	check_unusable("\0", ENV_FILE_FAULT_NUL, 1);
	check_unusable("A=1\nB=2\0", ENV_FILE_FAULT_NUL, 2);
	check_unusable("A=1\nB\0=2\nC=3\n",
		       ENV_FILE_FAULT_NUL | ENV_FILE_FAULT_NO_ASSIGNMENT, 2);
	check_unusable("#\0\n", ENV_FILE_FAULT_NUL, 1);
	check_unusable("A='\0'", ENV_FILE_FAULT_NUL | ENV_FILE_FAULT_UNTERMINATED, 1);
}

static void test_utf8(void **state)
{
	static const struct row good[] = {
		{"A=\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n",
		 "A=\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80;", 0, 0},
		/* Nobody looks at what is not assigned. */
		{"# \xff\nA=1\n", "A=1;", 0, 0},
		{"\xff\nA=1\n", "A=1;", NO_ASSIGNMENT, 1},
	};

	check_rows(good, ARRAY_SIZE(good));
	check_unusable("A=1\nB=\xff\n", ENV_FILE_FAULT_UTF8, 2);
	check_unusable("A\xc3=1\n", ENV_FILE_FAULT_UTF8, 1);
	check_unusable("A=\xc0\xaf\n", ENV_FILE_FAULT_UTF8, 1);
	check_unusable("A=\xed\xa0\x80\n", ENV_FILE_FAULT_UTF8, 1);
	check_unusable("A=\xf4\x90\x80\x80", ENV_FILE_FAULT_UTF8, 1);
	check_unusable("A=1\n\nB='\xe2\x82'", ENV_FILE_FAULT_UTF8, 3);
}

static void test_every_length(void **state)
{
	static const char text[] = "\xef\xbb\xbf# c\\\nA=\"x\\$\\\ny\" 'z\\' w\\ v\r\n"
				   "words\nB =\xc3\xa4\nC='\0'\nD=";

	for (size_t size = 0; size < sizeof(text); size++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new();
		struct env_file file = parse(arena, text, size);

		assert_true(file.n_assignments <= 3);
		assert_int_equal(file.fault_line > 0, file.faults != 0);
		assert_int_equal(!!(file.faults & ENV_FILE_FAULT_NUL),
				 size > (size_t)(strchr(text, 0) - text));
	}
}

static void test_many(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_strbuf_ struct strbuf text = {0};
	struct env_file file;

	for (unsigned i = 0; i < 1000; i++)
		strbuf_addf(&text, "K%u=%u\n", i, i * i);
	file = parse(arena, text.data, text.size);
	assert_int_equal(file.n_assignments, 1000);
	assert_string_equal(env_file_get(&file, "K0"), "0");
	assert_string_equal(env_file_get(&file, "K999"), "998001");
	assert_int_equal(env_file_find(&file, "K999")->line, 1000);
}

static void test_lists(void **state)
{
	assert_true(env_list_has("debian", "debian"));
	assert_true(env_list_has(" a\tdebian \n b", "debian"));
	assert_true(env_list_has("a b", "b"));
	assert_false(env_list_has("debian-x xdebian debia", "debian"));
	assert_false(env_list_has("Debian", "debian"));
	assert_false(env_list_has("", "debian"));
	assert_false(env_list_has(NULL, "debian"));
	assert_false(env_list_has("  ", ""));
	assert_false(env_list_has("a", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_comments_go_on),
		cmocka_unit_test(test_lines_and_keys),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_empty_values),
		cmocka_unit_test(test_duplicates_and_lines),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
