/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/release.h"
#include "test/lib/test.h"

static const char *const answers[] = {
	[RELEASE_ACCEPTED] = "accepted",  [RELEASE_EMPTY] = "empty",
	[RELEASE_SCOPE] = "scope",        [RELEASE_ARCHITECTURE] = "architecture",
	[RELEASE_NO_ID] = "no id",        [RELEASE_ID] = "id",
	[RELEASE_LEVEL] = "level",        [RELEASE_NO_VERSION_ID] = "no version",
	[RELEASE_VERSION_ID] = "version",
};

static void parse(struct arena *arena, const char *text, enum extension_class class,
		  struct release *ret)
{
	struct error error = ERROR_INIT;

	*ret = (struct release){.path = "release"};
	test_ok(env_file_parse(arena, span_string(text), 0, &ret->file, &error), &error);
	release_fill(ret, class);
}

struct row {
	const char *base, *extension, *expected;
};

static void check_rows_with(const struct row *rows, size_t n_rows,
			    enum extension_class class, struct release_host host)
{
	for (size_t i = 0; i < n_rows; i++) {
		_cleanup_(arena_freep) struct arena *arena = arena_new();
		struct release base, extension;
		const char *answer;

		parse(arena, rows[i].base, class, &base);
		parse(arena, rows[i].extension, class, &extension);
		host.os_release = &base;
		answer = answers[release_validate(&extension, &host)];
		if (strcmp(answer, rows[i].expected) != 0)
			fail_msg("base '%s', extension '%s': %s, expected %s",
				 rows[i].base, rows[i].extension, answer,
				 rows[i].expected);
	}
}

/* An initrd of x86-64 with a systemd that looks at ID_LIKE. */
#define check_rows(rows)                                                \
	check_rows_with(rows, ARRAY_SIZE(rows), EXTENSION_SYSEXT,       \
			(struct release_host){.architecture = "x86-64", \
					      .scope = "initrd",        \
					      .id_like = true})

#define DEBIAN "ID=debian\nVERSION_ID=13\n"
#define INITRD "SYSEXT_SCOPE=initrd\n"

/* Row 1: there is no key at all. */
static void test_empty(void **state)
{
	static const struct row rows[] = {
		{DEBIAN, "", "empty"},
		{DEBIAN, "# only a comment\n\n", "empty"},
		{DEBIAN, "no assignment\n", "empty"},
		{DEBIAN, "X=1\n", "scope"},
	};

	check_rows(rows);
}

/* Row 2: words between white space; commas are part of a word. */
static void test_scope_in_initrd(void **state)
{
	static const struct row rows[] = {
		{DEBIAN, DEBIAN, "scope"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=\n", "scope"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=initrd\n", "accepted"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=\"system initrd\"\n", "accepted"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=\"system\tinitrd portable\"\n", "accepted"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=system,initrd\n", "scope"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=\"system, initrd\"\n", "accepted"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=\"initrd, system\"\n", "scope"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=INITRD\n", "scope"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=initrds\n", "scope"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=\"system portable\"\n", "scope"},
		{DEBIAN, DEBIAN "CONFEXT_SCOPE=initrd\n", "scope"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=system\nSYSEXT_SCOPE=initrd\n", "accepted"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=initrd\nSYSEXT_SCOPE=system\n", "scope"},
	};

	check_rows(rows);
}

static void test_scope_on_host(void **state)
{
	static const struct row rows[] = {
		{DEBIAN, DEBIAN, "accepted"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=\n", "scope"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=initrd\n", "scope"},
		{DEBIAN, DEBIAN "SYSEXT_SCOPE=\"initrd system\"\n", "accepted"},
	};

	check_rows_with(rows, ARRAY_SIZE(rows), EXTENSION_SYSEXT,
			(struct release_host){.architecture = "x86-64",
					      .scope = "system",
					      .id_like = true});
}

/* Row 3: systemd's own names only. */
static void test_architecture(void **state)
{
	static const struct row rows[] = {
		{DEBIAN, DEBIAN INITRD "ARCHITECTURE=x86-64\n", "accepted"},
		{DEBIAN, DEBIAN INITRD "ARCHITECTURE=_any\n", "accepted"},
		{DEBIAN, DEBIAN INITRD "ARCHITECTURE=\n", "accepted"},
		{DEBIAN, DEBIAN INITRD "ARCHITECTURE=arm64\n", "architecture"},
		{DEBIAN, DEBIAN INITRD "ARCHITECTURE=x86_64\n", "architecture"},
		{DEBIAN, DEBIAN INITRD "ARCHITECTURE=amd64\n", "architecture"},
		{DEBIAN, DEBIAN INITRD "ARCHITECTURE=X86-64\n", "architecture"},
		{DEBIAN, INITRD "ID=_any\nARCHITECTURE=arm64\n", "architecture"},
		{DEBIAN, "ID=_any\nARCHITECTURE=arm64\n", "scope"},
	};

	check_rows(rows);
}

/* Rows 4 to 6. */
static void test_id(void **state)
{
	static const struct row rows[] = {
		{DEBIAN, INITRD, "no id"},
		{DEBIAN, INITRD "ID=\n", "no id"},
		{DEBIAN, INITRD "ID=_any\n", "accepted"},
		{DEBIAN, INITRD "ID=_any\nVERSION_ID=12\nSYSEXT_LEVEL=9\n", "accepted"},
		{"ID=debian\n", INITRD "ID=_ANY\n", "id"},
		{DEBIAN, INITRD "ID=Debian\nVERSION_ID=13\n", "id"},
		{DEBIAN, INITRD "ID=ubuntu\nVERSION_ID=13\n", "id"},
		{DEBIAN, INITRD "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=13\n", "id"},
		{DEBIAN "ID_LIKE=\"ubuntu mint\"\n", INITRD "ID=mint\nVERSION_ID=13\n",
		 "accepted"},
		{DEBIAN "ID_LIKE=\"ubuntu mint\"\n", INITRD "ID=min\nVERSION_ID=13\n",
		 "id"},
		{"ID=ubuntu\nID_LIKE=debian\nVERSION_ID=24.04\n",
		 INITRD "ID=debian\nVERSION_ID=12\n", "version"},
	};

	check_rows(rows);
}

/* Before ID_LIKE was looked at. */
static void test_id_without_id_like(void **state)
{
	static const struct row rows[] = {
		{DEBIAN "ID_LIKE=mint\n", INITRD "ID=mint\nVERSION_ID=13\n", "id"},
		{DEBIAN "ID_LIKE=mint\n", INITRD DEBIAN, "accepted"},
	};

	check_rows_with(rows, ARRAY_SIZE(rows), EXTENSION_SYSEXT,
			(struct release_host){.architecture = "x86-64",
					      .scope = "initrd",
					      .id_like = false});
}

/* Row 7: a base without version and level takes any. */
static void test_rolling_base(void **state)
{
	static const struct row rows[] = {
		{"ID=arch\n", INITRD "ID=arch\n", "accepted"},
		{"ID=arch\n", INITRD "ID=arch\nVERSION_ID=13\n", "accepted"},
		{"ID=arch\n", INITRD "ID=arch\nSYSEXT_LEVEL=1\n", "accepted"},
		{"ID=arch\nVERSION_ID=\nSYSEXT_LEVEL=\n",
		 INITRD "ID=arch\nVERSION_ID=13\n", "accepted"},
		{"ID=arch\nCONFEXT_LEVEL=1\n", INITRD "ID=arch\n", "accepted"},
	};

	check_rows(rows);
}

/* Row 8: two levels decide alone. */
static void test_level(void **state)
{
	static const struct row rows[] = {
		{DEBIAN "SYSEXT_LEVEL=1\n", INITRD "ID=debian\nSYSEXT_LEVEL=1\n",
		 "accepted"},
		{DEBIAN "SYSEXT_LEVEL=1\n",
		 INITRD "ID=debian\nVERSION_ID=12\nSYSEXT_LEVEL=1\n", "accepted"},
		{DEBIAN "SYSEXT_LEVEL=1\n",
		 INITRD "ID=debian\nVERSION_ID=13\nSYSEXT_LEVEL=2\n", "level"},
		{DEBIAN "SYSEXT_LEVEL=1\n", INITRD "ID=debian\nSYSEXT_LEVEL=1.0\n",
		 "level"},
		{"ID=debian\nSYSEXT_LEVEL=1\n", INITRD "ID=debian\nSYSEXT_LEVEL=2\n",
		 "level"},
	};

	check_rows(rows);
}

/* Row 9: one side has no level, so the versions are compared as text. */
static void test_version(void **state)
{
	static const struct row rows[] = {
		{DEBIAN, INITRD "ID=debian\n", "no version"},
		{DEBIAN, INITRD "ID=debian\nVERSION_ID=\n", "no version"},
		{DEBIAN, INITRD "ID=debian\nSYSEXT_LEVEL=1\n", "no version"},
		{DEBIAN, INITRD "ID=debian\nVERSION_ID=13\nSYSEXT_LEVEL=1\n", "accepted"},
		{DEBIAN, INITRD "ID=debian\nVERSION_ID=12\nSYSEXT_LEVEL=1\n", "version"},
		{DEBIAN, INITRD "ID=debian\nVERSION_ID=13\n", "accepted"},
		{DEBIAN, INITRD "ID=debian\nVERSION_ID=13.0\n", "version"},
		{DEBIAN, INITRD "ID=debian\nVERSION_ID=12\n", "version"},
		{DEBIAN "SYSEXT_LEVEL=1\n", INITRD "ID=debian\nVERSION_ID=13\n",
		 "accepted"},
		{DEBIAN "SYSEXT_LEVEL=1\n", INITRD "ID=debian\n", "no version"},
		{DEBIAN "SYSEXT_LEVEL=1\n", INITRD "ID=debian\nVERSION_ID=12\n",
		 "version"},
		{DEBIAN "SYSEXT_LEVEL=1\n",
		 INITRD "ID=debian\nSYSEXT_LEVEL=\nVERSION_ID=13\n", "accepted"},
		{DEBIAN "SYSEXT_LEVEL=\n", INITRD "ID=debian\nSYSEXT_LEVEL=1\n",
		 "no version"},
	};

	check_rows(rows);
}

/* Row 10: the base has a level only, the extension none. */
static void test_level_of_base_only(void **state)
{
	static const struct row rows[] = {
		{"ID=debian\nSYSEXT_LEVEL=1\n", INITRD "ID=debian\n", "accepted"},
		{"ID=debian\nSYSEXT_LEVEL=1\n", INITRD "ID=debian\nVERSION_ID=13\n",
		 "accepted"},
		{"ID=debian\nSYSEXT_LEVEL=1\n", INITRD "ID=debian\nSYSEXT_LEVEL=\n",
		 "accepted"},
	};

	check_rows(rows);
}

/* A confext has keys of its own; those of a sysext do not count for it. */
static void test_confext(void **state)
{
	static const struct row rows[] = {
		{DEBIAN, DEBIAN "CONFEXT_SCOPE=initrd\n", "accepted"},
		{DEBIAN, DEBIAN INITRD, "scope"},
		{DEBIAN "CONFEXT_LEVEL=1\n",
		 "ID=debian\nCONFEXT_SCOPE=initrd\nCONFEXT_LEVEL=1\n", "accepted"},
		{DEBIAN "CONFEXT_LEVEL=1\n",
		 "ID=debian\nCONFEXT_SCOPE=initrd\nCONFEXT_LEVEL=2\n", "level"},
		{DEBIAN "SYSEXT_LEVEL=1\n",
		 "ID=debian\nCONFEXT_SCOPE=initrd\nSYSEXT_LEVEL=1\n", "no version"},
	};

	check_rows_with(rows, ARRAY_SIZE(rows), EXTENSION_CONFEXT,
			(struct release_host){.architecture = "x86-64",
					      .scope = "initrd",
					      .id_like = true});
}

static void test_unknown_host_architecture(void **state)
{
	static const struct row rows[] = {
		{DEBIAN, DEBIAN INITRD "ARCHITECTURE=arm64\n", "accepted"},
	};

	check_rows_with(rows, ARRAY_SIZE(rows), EXTENSION_SYSEXT,
			(struct release_host){.scope = "initrd", .id_like = true});
}

static void test_fill(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct release release;

	parse(arena,
	      "ID=a\nID_LIKE='b c'\nVERSION_ID=\"1\"\nSYSEXT_LEVEL=2\nSYSEXT_SCOPE=d\n"
	      "ARCHITECTURE=e\nEXTENSION_RELOAD_MANAGER=1\nEXTENSION_RESTART_UNITS=f\n"
	      "EXTENSION_RELOAD_OR_RESTART_UNITS=g\n",
	      EXTENSION_SYSEXT, &release);
	assert_string_equal(release.id, "a");
	assert_string_equal(release.id_like, "b c");
	assert_string_equal(release.version_id, "1");
	assert_string_equal(release.level, "2");
	assert_string_equal(release.scope, "d");
	assert_string_equal(release.architecture, "e");
	assert_string_equal(release.reload_manager, "1");
	assert_string_equal(release.restart_units, "f");
	assert_string_equal(release.reload_or_restart_units, "g");
	release_fill(&release, EXTENSION_CONFEXT);
	assert_string_equal(release.id, "a");
	assert_null(release.level);
	assert_null(release.scope);
}

static void test_boolean(void **state)
{
	static const char *const yes[] = {"1", "yes", "y", "true", "t", "on",
					  "Y", "YES", "T", "TRUE", "oN"};
	static const char *const no[] = {"0", "no", "n", "false", "f",  "off",
					 "N", "NO", "F", "False", "OFF"};
	static const char *const neither[] = {"",    "2",  "01",   "yes ", " yes",
					      "tru", "ye", "none", "-1",   "enabled"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_int_equal(release_boolean(yes[i]), 1);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_int_equal(release_boolean(no[i]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(neither); i++)
		assert_int_equal(release_boolean(neither[i]), -1);
	assert_int_equal(release_boolean(NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_scope_in_initrd),
		cmocka_unit_test(test_scope_on_host),
		cmocka_unit_test(test_architecture),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_id_without_id_like),
		cmocka_unit_test(test_rolling_base),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_level_of_base_only),
		cmocka_unit_test(test_confext),
		cmocka_unit_test(test_unknown_host_architecture),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_boolean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
