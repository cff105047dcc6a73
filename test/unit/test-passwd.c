/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/passwd.h"

#include "formats/core/strbuf.h"
#include "sysext-verify/model/modprobe.h"
#include "test/lib/test.h"

static void describe_users(const char *text, size_t size, struct strbuf *ret)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct passwd_users users = {0};
	struct error error = ERROR_INIT;

	test_ok(passwd_read_users(arena, span_make(text, size), &users, &error), &error);
	for (size_t i = 0; i < users.n_users; i++)
		strbuf_addf(ret, "%s %u:%u %s %s %d\n", users.users[i].name,
			    users.users[i].uid, users.users[i].gid, users.users[i].home,
			    users.users[i].shell, users.users[i].state);
}

static void check_users(const char *text, const char *expected)
{
	_cleanup_strbuf_ struct strbuf actual = {0};

	describe_users(text, strlen(text), &actual);
	assert_string_equal(strbuf_text(&actual), expected);
}

static void test_users(void **state)
{
	check_users("", "");
	check_users("root:x:0:0:root:/root:/bin/sh\n", "root 0:0 /root /bin/sh 0\n");
	check_users("a:!:1:2:::\nb::3:4::/b:", "a 1:2   1\nb 3:4 /b  2\n");
	check_users("a:*:4294967295:2:::x", "a 4294967295:2  x 1\n");
	check_users("a:$6$hash:1:2::/:/x:more", "a 1:2 / /x 3\n");
	/* What glibc passes over. */
	check_users("# x:x:0:0::/:/x\n\n \t\n+x:x:0:0::/:/x\n-x:x:0:0::/:/x\n", "");
	check_users("a:x:0:0::/\na:x:y:0::/:/x\na:x:0::/:/x\n:x:0:0::/:/x", "");
	check_users("a:x:4294967296:0::/:/x\na:x:-1:0::/:/x\na:x::0::/:/x", "");
	check_users("  a:x:0:0::/:/x", "a 0:0 / /x 0\n");
}

static void test_groups(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct passwd_groups groups = {0};
	struct error error = ERROR_INIT;

	test_ok(passwd_read_groups(
			arena, span_string("root:x:0:\nwheel:x:10:a,b\nbad:x:y:\nx:x:1"),
			&groups, &error),
		&error);
	assert_int_equal(groups.n_groups, 2);
	assert_string_equal(groups.groups[0].members, "");
	assert_string_equal(groups.groups[1].name, "wheel");
	assert_int_equal(groups.groups[1].gid, 10);
	assert_string_equal(groups.groups[1].members, "a,b");
}

static void test_shadows(void **state)
{
	static const struct {
		const char *name;
		enum passwd_state state;
	} expected[] = {{"a", PASSWD_LOCKED}, {"b", PASSWD_LOCKED}, {"c", PASSWD_NONE},
			{"d", PASSWD_SET},    {"e", PASSWD_LOCKED}, {"f", PASSWD_LOCKED}};
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct passwd_shadows shadows = {0};
	struct error error = ERROR_INIT;

	test_ok(passwd_read_shadows(
			arena,
			span_string("a:!:1::::::\nb:*:1::::::\nc::1::::::\nd:$y$x:1::::::"
				    "\ne:!$y$x:1\nf:x:1\nonly-a-name\n"),
			&shadows, &error),
		&error);
	assert_int_equal(shadows.n_shadows, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(shadows.shadows[i].name, expected[i].name);
		assert_int_equal(shadows.shadows[i].state, expected[i].state);
	}
}

/* A cut never names more than the whole does, and the end of the text is never passed. */
static void test_truncation(void **state)
{
	static const char text[] = "root:x:0:0:root:/root:/bin/sh\na:!:1:2::/a:/b\n";
	_cleanup_strbuf_ struct strbuf whole = {0};

	describe_users(text, sizeof(text) - 1, &whole);
	for (size_t size = 0; size < sizeof(text); size++) {
		_cleanup_free_ char *copy = malloc(size + 1);
		_cleanup_strbuf_ struct strbuf part = {0};

		memcpy(copy, text, size);
		describe_users(copy, size, &part);
		assert_true(part.size <= whole.size);
	}
	assert_string_equal(strbuf_text(&whole),
			    "root 0:0 /root /bin/sh 0\na 1:2 /a /b 1\n");
}

static void check_modprobe(const char *text, const char *expected)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_strbuf_ struct strbuf actual = {0};
	struct error error = ERROR_INIT;
	struct unit_line *lines;
	size_t n;

	test_ok(modprobe_parse(arena, span_string(text), &lines, &n, &error), &error);
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&actual, "%u %s%s=%s\n", lines[i].line, lines[i].section,
			    lines[i].key, lines[i].value);
	assert_string_equal(strbuf_text(&actual), expected);
}

static void test_modprobe(void **state)
{
	check_modprobe("", "");
	check_modprobe("blacklist pcspkr\n", "1 blacklist=pcspkr\n");
	check_modprobe("\n# blacklist x\n \t# y\noptions\tloop  max_loop=8 \n",
		       "4 options=loop  max_loop=8\n");
	check_modprobe("install x /bin/true; \\\n  y\nalias a b",
		       "2 install=x /bin/true;   y\n"
		       "3 alias=a b\n");
	check_modprobe("softdep", "1 softdep=\n");
	check_modprobe("alias a b\\", "1 alias=a b\\\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users),    cmocka_unit_test(test_groups),
		cmocka_unit_test(test_shadows),  cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_modprobe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
