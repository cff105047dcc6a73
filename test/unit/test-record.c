/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/record.h"

#include "test/lib/test.h"

struct target {
	const char *text;
	uint64_t number;
	bool on;
	struct span bytes;
	struct record_words words;
	const struct record *object, *array;
};

#define FIELD(member, type_)                                            \
	{                                                               \
		.name = #member, .type = RECORD_##type_,                \
		.offset = offsetof(struct target, member), .limit = 100 \
	}

static const struct record_field fields[] = {
	FIELD(text, TEXT),   FIELD(number, NUMBER), FIELD(on, TRUE),
	FIELD(bytes, BYTES), FIELD(words, WORDS),   FIELD(object, OBJECT),
	FIELD(array, ARRAY),
};

static int read_text(struct arena *arena, const char *text, struct target *ret,
		     struct error *error)
{
	struct record_document *document = NULL;
	int r = record_parse(span_string(text), 20, 4, &document, error);

	*ret = (struct target){0};
	if (r == 0)
		r = record_read(record_root(document), fields, ARRAY_SIZE(fields), arena,
				ret, error);
	/* What is read does not borrow from the document, but for objects and arrays. */
	record_document_free(document);
	return r;
}

static void check_error(const char *text, int code, uint64_t offset, const char *words)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct target target;

	assert_int_equal(read_text(arena, text, &target, &error), code);
	test_error(&error, code, offset, words);
}

static void write_all(struct record_writer *writer)
{
	static const struct record_flag flags[] = {{1, "one"}, {2, "two"}, {4, "four"}};

	record_open(writer, NULL, '{');
	record_add_text(writer, "text", "a\"b\\c\n\xff\xc3\xa4");
	record_add_text(writer, "left_out", NULL);
	record_add_number(writer, "number", 100);
	record_add_true(writer, "on");
	record_add_bytes(writer, "bytes", span_make("\x00\xfe", 2));
	record_open_words(writer, "words");
	record_add_word(writer, false, "plain");
	record_add_word(writer, true, "two words");
	record_add_word(writer, false, "!not marked");
	record_add_word(writer, true, "");
	record_add_word(writer, false, "");
	record_close_words(writer);
	record_open(writer, "array", '[');
	record_open(writer, NULL, '{');
	record_close(writer, '}');
	record_open(writer, NULL, '{');
	record_add_flags(writer, "none", 0, flags, 3);
	record_add_flags(writer, "some", 5, flags, 3);
	record_close(writer, '}');
	record_close(writer, ']');
	record_close(writer, '}');
	assert_true(strbuf_ok(&writer->text));
}

static void test_text(void **state)
{
	_cleanup_(record_writer_done) struct record_writer writer = {0};

	write_all(&writer);
	assert_string_equal(
		strbuf_text(&writer.text),
		"{\"text\":\"a\\\"b\\\\x5cc\\\\x0a\\\\xff\xc3\xa4\",\"number\":100,"
		"\"on\":true,\"bytes\":\"00fe\",\"words\":\"plain !two\\\\x20words "
		"\\\\x21not\\\\x20marked !\\\\x \\\\x\",\"array\":[{},{\"some\":\"one "
		"four\"}]}");
}

static void check_word(const struct record_words *words, size_t at, const char *text,
		       bool mark)
{
	assert_true(at < words->n_words);
	assert_string_equal(words->words[at].text, text);
	assert_int_equal(words->words[at].mark, mark);
}

static void test_there_and_back(void **state)
{
	_cleanup_(record_writer_done) struct record_writer writer = {0};
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct target target;

	write_all(&writer);
	test_ok(read_text(arena, strbuf_text(&writer.text), &target, &error), &error);
	assert_string_equal(target.text, "a\"b\\c\n\xff\xc3\xa4");
	assert_int_equal(target.number, 100);
	assert_true(target.on);
	assert_int_equal(target.bytes.size, 2);
	assert_memory_equal(target.bytes.data, "\x00\xfe", 2);
	assert_int_equal(target.words.n_words, 5);
	check_word(&target.words, 0, "plain", false);
	check_word(&target.words, 1, "two words", true);
	check_word(&target.words, 2, "!not marked", false);
	check_word(&target.words, 3, "", true);
	check_word(&target.words, 4, "", false);
	assert_non_null(target.array);
	assert_null(target.object);
}

static void test_missing_and_empty(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct target target;

	test_ok(read_text(arena, "{}", &target, &error), &error);
	assert_null(target.text);
	assert_null(target.words.words);
	assert_null(target.bytes.data);
	test_ok(read_text(arena, "{\"words\":\"\",\"bytes\":\"\"}", &target, &error),
		&error);
	assert_non_null(target.words.words);
	assert_int_equal(target.words.n_words, 0);
	assert_non_null(target.bytes.data);
}

static void test_no_json(void **state)
{
	check_error("", -EBADMSG, 0, "is not JSON");
	check_error("[]", -EBADMSG, 0, "is not a JSON object");
	check_error("{\"text\":1} x", -EBADMSG, 12, "is not JSON");
	check_error("{\"text\":\"\\u0000\"}", -EBADMSG, 16, "is not JSON");
	check_error("{\"text\":\"\xff\"}", -EBADMSG, 9, "is not JSON");
	check_error("{\"text\":\"a\",\"text\":\"b\"}", -EBADMSG, 18, "duplicate");
}

static void test_members(void **state)
{
	check_error("{\"other\":1}", -EBADMSG, ERROR_NO_OFFSET, "has a member 'other'");
	check_error("{\"text\":1}", -EBADMSG, ERROR_NO_OFFSET,
		    "member 'text': is not a string");
	check_error("{\"number\":\"1\"}", -EBADMSG, ERROR_NO_OFFSET, "is not an integer");
	check_error("{\"number\":1.0}", -EBADMSG, ERROR_NO_OFFSET, "is not an integer");
	check_error("{\"number\":-1}", -EBADMSG, ERROR_NO_OFFSET,
		    "is -1, must be 0 to 100");
	check_error("{\"number\":101}", -EBADMSG, ERROR_NO_OFFSET,
		    "is 101, must be 0 to 100");
	check_error("{\"on\":false}", -EBADMSG, ERROR_NO_OFFSET, "is not true");
	check_error("{\"object\":[]}", -EBADMSG, ERROR_NO_OFFSET, "is not an object");
	check_error("{\"array\":{}}", -EBADMSG, ERROR_NO_OFFSET, "is not an array");
	check_error("{\"bytes\":\"0\"}", -EBADMSG, ERROR_NO_OFFSET, "even number");
	check_error("{\"bytes\":\"0g\"}", -EBADMSG, ERROR_NO_OFFSET, "hexadecimal");
	check_error("{\"text\":\"\\\\\"}", -EBADMSG, ERROR_NO_OFFSET, "backslash");
	check_error("{\"text\":\"\\\\x0\"}", -EBADMSG, ERROR_NO_OFFSET, "backslash");
	check_error("{\"text\":\"\\\\x00\"}", -EBADMSG, ERROR_NO_OFFSET, "backslash");
	check_error("{\"words\":\"a  b\"}", -EBADMSG, ERROR_NO_OFFSET, "empty word");
	check_error("{\"words\":\"a \"}", -EBADMSG, ERROR_NO_OFFSET, "empty word");
	check_error("{\"words\":\"!\"}", -EBADMSG, ERROR_NO_OFFSET, "empty word");
}

static void test_limits(void **state)
{
	struct strbuf many = {0};

	check_error("{\"array\":[[[[]]]]}", -E2BIG, 12, "more than 4 deep");
	strbuf_add_string(&many, "{\"array\":[");
	for (size_t i = 0; i < 20; i++)
		strbuf_add_string(&many, "0,");
	strbuf_add_string(&many, "0]}");
	check_error(strbuf_text(&many), -E2BIG, 47, "more than 20 values");
	strbuf_done(&many);
	/* Within a string nothing is a value. */
	check_error("{\"text\":\"[[[[[[\\\"{{{{{,,,,,,,,,,,,,,,,,,,,,,,\",\"x\":0}",
		    -EBADMSG, ERROR_NO_OFFSET, "has a member 'x'");
}

static void test_required(void **state)
{
	static const struct record_field required[] = {
		{"text", RECORD_TEXT, offsetof(struct target, text), true, 0}};
	_cleanup_(record_document_freep) struct record_document *document = NULL;
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct target target = {0};
	uint64_t number = 7;

	test_ok(record_parse(span_string("{\"number\":3,\"array\":[{},[]]}"), 9, 9,
			     &document, &error),
		&error);
	assert_int_equal(
		record_read(record_root(document), required, 1, arena, &target, &error),
		-EBADMSG);
	test_error(&error, -EBADMSG, ERROR_NO_OFFSET, "has no member 'text'");
	assert_true(record_peek_number(record_root(document), "number", &number));
	assert_int_equal(number, 3);
	assert_false(record_peek_number(record_root(document), "array", &number));
	assert_false(record_peek_number(record_root(document), "x", &number));
}

static void test_flags(void **state)
{
	static const struct record_flag names[] = {{1, "one"}, {4, "four"}};
	struct record_word words[] = {{"four", false}, {"one", false}, {"x", false}};
	struct record_words list = {words, 2};
	struct error error = ERROR_INIT;
	unsigned flags = 0;

	test_ok(record_read_flags(&list, names, 2, &flags, &error), &error);
	assert_int_equal(flags, 5);
	list.n_words = 3;
	assert_int_equal(record_read_flags(&list, names, 2, &flags, &error), -EBADMSG);
	test_error(&error, -EBADMSG, ERROR_NO_OFFSET, "'x' is no fault");
}

/* No cut is taken for the whole. */
static void test_truncation(void **state)
{
	_cleanup_(record_writer_done) struct record_writer writer = {0};

	write_all(&writer);
	for (size_t size = 0; size < writer.text.size; size++) {
		struct record_document *document = NULL;
		struct error error = ERROR_INIT;

		assert_int_equal(record_parse(span_make(writer.text.data, size), 100, 10,
					      &document, &error),
				 -EBADMSG);
		assert_true(error.offset <= size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_missing_and_empty),
		cmocka_unit_test(test_no_json),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_required),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_truncation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
