/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Profiles that nobody but an attacker writes. */

#include "formats/core/limits.h"
#include "formats/core/strbuf.h"
#include "formats/profile.h"
#include "sysext-verify/model/profile.h"
#include "test/lib/test.h"

static int read_packed(const void *data, size_t size, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(base_freep) struct base *base = calloc(1, sizeof(*base));

	return profile_read(arena, source, "p", base, error);
}

static void check_text(const char *text, int code, const char *words)
{
	_cleanup_free_ uint8_t *packed = NULL;
	struct error error = ERROR_INIT;
	size_t size;

	test_ok(profile_pack(span_string(text), &packed, &size, &error), &error);
	assert_int_equal(read_packed(packed, size, &error), code);
	if (code < 0)
		assert_non_null(strstr(error.message, words));
}

#define HEAD                                                                 \
	"{\"format\":\"sysext base profile\",\"schema\":1,\"writer\":\"x\"," \
	"\"identity\":{},"
#define LAYERS "\"layers\":[{\"kind\":\"directory\",\"main\":true}],"
#define FILES  "\"files\":[{\"path\":\"\",\"type\":\"directory\",\"mode\":\"0755\"}"

static void test_bad_heads(void **state)
{
	check_text(HEAD LAYERS FILES "]}", 0, NULL);
	check_text("{}", -EBADMSG, "has no number 'schema'");
	check_text("{\"schema\":2,\"x\":[]}", -EOPNOTSUPP,
		   "has schema 2, this program reads 1");
	check_text("{\"schema\":1}", -EBADMSG, "has no member 'format'");
	check_text(HEAD LAYERS FILES "],\"x\":1}", -EBADMSG, "has a member 'x'");
	check_text(HEAD "\"layers\":[]," FILES "]}", -EBADMSG, "has 0 layers");
	check_text(HEAD "\"layers\":[{\"kind\":\"x\"}]," FILES "]}", -EBADMSG,
		   "layer 1: kind is 'x'");
	check_text(HEAD "\"layers\":[{\"kind\":\"initrd\"}]," FILES "]}", -EBADMSG,
		   "layer 1: sha256 has 0 bytes");
	check_text(HEAD "\"layers\":[{\"kind\":\"directory\",\"faults\":\"x\"}]," FILES
			"]}",
		   -EBADMSG, "'x' is no fault");
	check_text(HEAD "\"layers\":[{\"kind\":\"directory\",\"members\":[{\"offset\":0,"
			"\"size\":1,\"unpacked_size\":1,\"entries\":1,\"compression\":"
			"\"x\"}]}]," FILES "]}",
		   -EBADMSG, "compression is 'x'");
}

static void check_file(const char *file, const char *words)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	strbuf_addf(&text, HEAD LAYERS FILES ",{%s}]}", file);
	check_text(strbuf_text(&text), words ? -EBADMSG : 0, words);
}

static void test_bad_files(void **state)
{
	check_file("\"path\":\"x\",\"mode\":\"0644\"", NULL);
	check_file("\"path\":\"/x\",\"mode\":\"0644\"", "written otherwise than 'x'");
	check_file("\"path\":\"../x\",\"mode\":\"0644\"", "'..'");
	check_file("\"path\":\"a/x\",\"mode\":\"0644\"", "has no directory");
	check_file("\"path\":\"\",\"mode\":\"0644\"", "has no directory");
	check_file("\"path\":\"x\",\"mode\":\"644\"", "four octal digits");
	check_file("\"path\":\"x\"", "has no mode");
	check_file("\"path\":\"x\",\"same_as\":\"y\"", "expected a file before it");
	check_file("\"path\":\"x\",\"same_as\":\"\"", "expected a file before it");
	check_file("\"path\":\"x\",\"mode\":\"0644\"},{\"path\":\"y\",\"same_as\":\"x\","
		   "\"mode\":\"0644\"",
		   "no mode of its own");
	check_file("\"path\":\"x\",\"mode\":\"0648\"", "four octal digits");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"type\":\"y\"", "type is 'y'");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"type\":\"link\"", "target");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"target\":\"y\"", "target");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"layer\":1", "layer is 1 of 1");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"uid\":4294967296",
		   "must be 0 to 4294967295");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"sha256\":\"00\"",
		   "sha256 has 1 bytes, must have 32");
	check_file("\"path\":\"x\",\"mode\":\"0644\"},{\"path\":\"x\",\"mode\":\"0644\"",
		   "file 2: 'x': is named twice");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"elf\":{\"bits\":33,\"machine\":1,"
		   "\"type\":1}",
		   "'bits' is 33");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"read_error\":{\"kind\":\"x\","
		   "\"message\":\"\"}",
		   "'x' is no kind of error");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"certificate\":{}", "neither");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"module\":{\"has_checksums\":true,"
		   "\"needed\":\"y\"}",
		   "symbol 'y' has no checksum of 8 digits");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"module\":{\"has_checksums\":true,"
		   "\"needed\":\"y=12\"}",
		   "symbol 'y=12' has no checksum");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"module\":{\"exported\":{"
		   "\"symbols\":\"a\",\"namespaces\":[{\"symbol\":\"b\",\"namespace\":"
		   "\"N\"}]}}",
		   "namespace of 'b', which is not exported");
	check_file("\"path\":\"x\",\"mode\":\"0644\",\"lines\":[{}]",
		   "line 0: has no member");
}

/* A link where a directory is asked for would lead elsewhere. */
static void test_below_a_link(void **state)
{
	check_file(
		"\"path\":\"d\",\"type\":\"directory\",\"mode\":\"0755\"},"
		"{\"path\":\"l\",\"type\":\"link\",\"mode\":\"0777\",\"target\":\"d\"},"
		"{\"path\":\"l/x\",\"mode\":\"0644\"",
		"file 3: 'l/x': has no directory");
}

/* Blanks cost nothing to pack. */
static void test_too_big(void **state)
{
	_cleanup_free_ uint8_t *packed = NULL;
	char *text = malloc(LIMIT_PROFILE + 1);
	struct error error = ERROR_INIT;
	size_t size;

	memset(text, ' ', LIMIT_PROFILE + 1);
	test_ok(profile_pack(span_make(text, LIMIT_PROFILE + 1), &packed, &size, &error),
		&error);
	free(text);
	assert_int_equal(read_packed(packed, size, &error), -E2BIG);
	assert_non_null(strstr(error.message, "unpacks to more than 33554432 bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_heads),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_below_a_link),
		cmocka_unit_test(test_too_big),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
