/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "formats/core/arena.h"
#include "formats/core/cursor.h"
#include "formats/core/digest.h"
#include "formats/core/limits.h"
#include "formats/core/map.h"
#include "formats/core/path.h"
#include "formats/core/sink.h"
#include "formats/core/strbuf.h"
#include "formats/core/utf8.h"
#include "formats/core/version.h"
#include "test/lib/test.h"

static void test_error_words(void **state)
{
	struct error error = ERROR_INIT;

	assert_int_equal(error_bad(&error, 92, "size is %d", 4), -EBADMSG);
	assert_int_equal(error_wrap(&error, -EIO, "GPT header"), -EBADMSG);
	error_shift(&error, 512);
	test_error(&error, -EBADMSG, 604, "GPT header: size is 4");
	assert_int_equal(error_wrap(NULL, -EIO, "nobody listens"), -EIO);
	assert_true(error_is_input(-ENODATA));
	assert_false(error_is_input(-EIO));
}

static void test_error_is_cut(void **state)
{
	struct error error = ERROR_INIT;
	char words[2 * sizeof(error.message)];

	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = 0;
	error_set(&error, -EIO, "%s", words);
	assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
	assert_string_equal(error.message + sizeof(error.message) - 5, "x...");
}

static void test_cursor_overrun(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6};
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	uint8_t copy[4] = {9, 9, 9, 9};

	assert_int_equal(cursor_le32(&cursor), 0x04030201);
	assert_int_equal(cursor_le32(&cursor), 0);
	assert_false(cursor_ok(&cursor));
	assert_int_equal(cursor_u8(&cursor), 0);
	cursor_copy(&cursor, copy, sizeof(copy));
	assert_int_equal(copy[0] | copy[3], 0);
}

static void test_source_bounds(void **state)
{
	_cleanup_(source_unrefp) struct source *whole = test_source("0123456789", 10);
	_cleanup_(source_unrefp) struct source *slice = NULL, *inner = NULL, *none = NULL;
	struct error error = ERROR_INIT;
	char bytes[4];

	test_ok(source_slice(whole, 2, 6, &slice, &error), &error);
	test_ok(source_slice(slice, 1, 5, &inner, &error), &error);
	test_ok(source_read(inner, 1, bytes, 4, &error), &error);
	assert_memory_equal(bytes, "4567", 4);
	assert_int_equal(source_read(inner, 2, bytes, 4, &error), -EBADMSG);
	test_error(&error, -EBADMSG, 2, "4 bytes wanted at 2, the data ends at 5");
	assert_int_equal(source_read(inner, UINT64_MAX, bytes, 4, &error), -EBADMSG);
	assert_int_equal(source_slice(whole, 8, 3, &none, &error), -EBADMSG);
	assert_int_equal(source_slice(whole, 8, UINT64_MAX, &none, &error), -EBADMSG);
	assert_null(none);
}

static void test_source_refuses_what_has_no_size(void **state)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(source_open_file("/dev/null", &source, &error), -EINVAL);
	assert_int_equal(source_open_file("/", &source, &error), -EISDIR);
	test_error(&error, -EISDIR, ERROR_NO_OFFSET, "is a directory, expected a file");
	assert_int_equal(source_open_file("/nowhere", &source, &error), -ENOENT);
}

static void test_source_limit(void **state)
{
	_cleanup_(source_unrefp) struct source *source = test_source("0123", 4);
	struct error error = ERROR_INIT;
	uint8_t *data = NULL;
	size_t size;

	assert_int_equal(source_read_all(source, 3, &data, &size, &error), -E2BIG);
	assert_null(data);
	test_ok(source_read_all(source, 4, &data, &size, &error), &error);
	assert_int_equal(data[4], 0);
	free(data);
}

static void test_map_keeps_order(void **state)
{
	_cleanup_(map_freep) struct map *map = map_new();
	static char names[3000][8];

	for (int i = 0; i < 3000; i++) {
		snprintf(names[i], sizeof(names[i]), "%d", i);
		assert_int_equal(map_set(map, names[i], names[i]), 0);
	}
	assert_int_equal(map_set(map, "17", names[18]), 0);
	assert_int_equal(map_size(map), 3000);
	assert_ptr_equal(map_get(map, "17"), names[18]);
	assert_ptr_equal(map_get(map, "2999"), names[2999]);
	assert_string_equal(map_key_at(map, 123), "123");
	assert_null(map_get(map, "3000"));
	assert_false(map_has(map, ""));
}

static void test_path_clean(void **state)
{
	static const struct {
		const char *path, *clean;
		int code;
	} cases[] = {
		{"usr/bin", "usr/bin", 0},
		{"./usr//bin/.", "usr/bin", 0},
		{"/", "", 0},
		{"/usr/../etc", NULL, -EBADMSG},
		{"..", NULL, -EBADMSG},
		{"...", "...", 0},
		{".hidden", ".hidden", 0},
	};
	struct error error = ERROR_INIT;
	char buffer[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int r = path_clean(cases[i].path, strlen(cases[i].path), buffer, &error);

		assert_int_equal(r, cases[i].code);
		if (cases[i].clean)
			assert_string_equal(buffer, cases[i].clean);
	}
	assert_int_equal(path_clean("a\0b", 3, buffer, &error), -EBADMSG);
}

static void test_path_limit(void **state)
{
	char path[LIMIT_PATH_SIZE + 1], buffer[LIMIT_PATH_SIZE + 2];

	memset(path, 'a', sizeof(path));
	assert_int_equal(path_clean(path, LIMIT_PATH_SIZE - 1, buffer, NULL), -E2BIG);
	assert_int_equal(path_clean(path, LIMIT_PATH_SIZE - 2, buffer, NULL), 0);
}

/*
 * The pairs of the UAPI group's Version Format Specification, and systemd's own order of
 * names.
 */
static void test_version_order(void **state)
{
	static const char *const ascending[][2] = {
		{"122.1", "123~rc1-1"},
		{"123~rc1-1", "123"},
		{"123", "123-a"},
		{"123-a", "123-a.1"},
		{"123-a.1", "123-1"},
		{"123-1", "123-1.1"},
		{"123-1.1", "123^post1"},
		{"123^post1", "123.a-1"},
		{"123.a-1", "123.1-1"},
		{"123.1-1", "123a-1"},
		{"123a-1", "124-1"},
		{"zz", "9"},
		{"9", "10"},
		{"z~1", "zz"},
		{"a", "b"},
		{"B", "a"},
		{"1..2", "1.0"},
		{"1.a", "1.0"},
		{"1.", "1.0"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(ascending); i++) {
		assert_true(version_compare(ascending[i][0], ascending[i][1]) < 0);
		assert_true(version_compare(ascending[i][1], ascending[i][0]) > 0);
	}
	assert_int_equal(version_compare("0001", "1"), 0);
	assert_int_equal(version_compare("a_1", "a+1"), 0);
}

static void test_utf8(void **state)
{
	static const char *const bad[] = {"\x80",         "\xc0\xaf",
					  "\xed\xa0\x80", "\xf4\x90\x80\x80",
					  "\xe2\x82",     "\xff"};
	size_t at;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(utf8_valid((const uint8_t *)bad[i], strlen(bad[i]), &at));
	assert_true(utf8_valid((const uint8_t *)"a\xc3\xa4\xf0\x9f\x98\x80", 7, NULL));
}

static void test_escaped_names(void **state)
{
	_cleanup_strbuf_ struct strbuf buffer = {0};

	strbuf_add_escaped(&buffer, "a\n\x1b[1m\xff\xc3\xa4\xe2\x80\xae");
	assert_string_equal(strbuf_text(&buffer),
			    "a\\x0a\\x1b[1m\\xff\xc3\xa4\\xe2\\x80\\xae");
}

static void test_hex(void **state)
{
	uint8_t bytes[2];
	char text[5];

	assert_true(hex_decode("aB09", bytes, 2));
	hex_encode(bytes, 2, text);
	assert_string_equal(text, "ab09");
	assert_false(hex_decode("ab0", bytes, 2));
	assert_false(hex_decode("ab0g", bytes, 2));
}

static void test_digest(void **state)
{
	_cleanup_(source_unrefp) struct source *source = test_source("abc", 3);
	_cleanup_(digest_freep) struct digest *none = NULL;
	uint8_t sum[DIGEST_SHA256_SIZE];
	char text[2 * DIGEST_SHA256_SIZE + 1];

	test_ok(digest_sha256_source(source, sum, NULL), NULL);
	hex_encode(sum, sizeof(sum), text);
	assert_string_equal(
		text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(digest_new("sha257", &none, NULL), -EOPNOTSUPP);
}

static void test_arena(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	const char *small = arena_strdup(arena, "small");

	for (size_t size = 1; size < 200000; size = size * 3 + 1)
		memset(arena_alloc(arena, size), 0xff, size);
	assert_string_equal(small, "small");
	assert_null(arena_array(arena, SIZE_MAX / 2, 3));
	assert_string_equal(arena_path_join(arena, "", "a"), "a");
	assert_string_equal(arena_path_join(arena, "a", "b"), "a/b");
}

static void test_sink_is_all_or_nothing(void **state)
{
	char directory[] = "/tmp/test-sink-XXXXXX", path[64];
	struct error error = ERROR_INIT;
	struct sink *sink = NULL;
	struct stat status;
	size_t size;
	uint8_t *data;

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/out", directory);
	test_ok(sink_open(path, &sink, &error), &error);
	test_ok(sink_write(sink, 2, "xy", 2, &error), &error);
	sink_free(sink);
	assert_int_equal(rmdir(directory), 0);

	assert_int_equal(mkdir(directory, 0700), 0);
	test_ok(sink_open(path, &sink, &error), &error);
	test_ok(sink_write(sink, 2, "xy", 2, &error), &error);
	assert_int_equal(stat(path, &status), -1);
	test_ok(sink_commit(sink, &error), &error);
	sink_free(sink);
	data = test_read_file(path, &size);
	assert_int_equal(size, 4);
	assert_memory_equal(data, "\0\0xy", 4);
	free(data);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
}

static void test_sink_refuses(void **state)
{
	struct error error = ERROR_INIT;
	struct sink *sink = NULL;

	assert_int_equal(sink_open("/nowhere/out", &sink, &error), -ENOENT);
	test_error(&error, -ENOENT, ERROR_NO_OFFSET, "cannot create '/nowhere/out'");
	assert_int_equal(sink_open("/dev/null", &sink, &error), -EEXIST);
	assert_null(sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_words),
		cmocka_unit_test(test_error_is_cut),
		cmocka_unit_test(test_cursor_overrun),
		cmocka_unit_test(test_source_bounds),
		cmocka_unit_test(test_source_refuses_what_has_no_size),
		cmocka_unit_test(test_source_limit),
		cmocka_unit_test(test_map_keeps_order),
		cmocka_unit_test(test_path_clean),
		cmocka_unit_test(test_path_limit),
		cmocka_unit_test(test_version_order),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_escaped_names),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_sink_is_all_or_nothing),
		cmocka_unit_test(test_sink_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
