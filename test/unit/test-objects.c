/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/strbuf.h"
#include "sysext-verify/model/objects.h"
#include "test/lib/world.h"

static const char *const kinds[] = {
	[NEED_INTERPRETER] = "interpreter",
	[NEED_LIBRARY] = "library",
	[NEED_VERSION] = "version",
	[NEED_SCRIPT_INTERPRETER] = "script",
};

/*
 * "library usr/bin/a libb.so.1 = usr/lib/libb.so.1", one need a line; "= -" where it is
 * missing.
 */
static void check_needs(const char *world, const char *expected)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(tree_freep) struct tree *tree = world_tree(arena, world);
	_cleanup_strbuf_ struct strbuf text = {0};
	struct objects objects;
	struct error error = ERROR_INIT;

	test_ok(objects_resolve(tree, NULL, NULL, &objects, &error), &error);
	for (size_t i = 0; i < objects.n_needs; i++) {
		const struct need *need = &objects.needs[i];

		strbuf_addf(&text, "%s %s %s = %s%s\n", kinds[need->kind],
			    need->user->entry.path, need->name,
			    need->provider ? need->provider->entry.path : "-",
			    need->wrong_machine ? " (wrong machine)" : "");
	}
	assert_string_equal(strbuf_text(&text), expected);
}

static void test_default_directories(void **state)
{
	check_needs("e usr/bin/a needed=libb.so.1 needed=libc.so.6\n"
		    "e usr/lib/x86_64-linux-gnu/libb.so.1 soname=libb.so.1\n"
		    "e usr/lib64/libc.so.6 soname=libc.so.6\n",
		    "library usr/bin/a libb.so.1 = usr/lib/x86_64-linux-gnu/libb.so.1\n"
		    "library usr/bin/a libc.so.6 = -\n");
	check_needs(
		"e usr/bin/a needed=libc.so.6\n"
		"l lib64 -> usr/lib64\nd usr/lib64\n"
		"l usr/lib64/libc.so.6 -> libc-2.so\ne usr/lib64/libc-2.so soname=libc.so.6\n",
		"library usr/bin/a libc.so.6 = usr/lib64/libc-2.so\n");
}

static void test_other_directories_do_not_count(void **state)
{
	check_needs(
		"e usr/bin/a needed=libb.so.1\ne usr/lib/private/libb.so.1 soname=libb.so.1\n",
		"library usr/bin/a libb.so.1 = -\n");
}

static void test_runpath_and_origin(void **state)
{
	check_needs("e usr/lib/p/a needed=libb.so.1 runpath=/nowhere:$ORIGIN/../q\n"
		    "e usr/lib/q/libb.so.1 soname=libb.so.1\n",
		    "library usr/lib/p/a libb.so.1 = usr/lib/q/libb.so.1\n");
	check_needs("e usr/lib/p/a needed=libb.so.1 rpath=${ORIGIN}\n"
		    "e usr/lib/p/libb.so.1 soname=libb.so.1\n",
		    "library usr/lib/p/a libb.so.1 = usr/lib/p/libb.so.1\n");
}

static void test_runpath_disables_rpath(void **state)
{
	check_needs("e usr/bin/a needed=libb.so.1 rpath=/usr/lib/p runpath=/usr/lib/q\n"
		    "e usr/lib/p/libb.so.1 soname=libb.so.1\n",
		    "library usr/bin/a libb.so.1 = -\n");
}

/* ld.so passes over a library of another machine and goes on. */
static void test_other_machine(void **state)
{
	check_needs("e usr/bin/a needed=libb.so.1\n"
		    "e usr/lib/libb.so.1 soname=libb.so.1 class=32 machine=3\n",
		    "library usr/bin/a libb.so.1 = - (wrong machine)\n");
	check_needs("e usr/bin/a needed=libb.so.1\nd usr/lib64\n"
		    "e usr/lib64/libb.so.1 soname=libb.so.1 machine=183\n"
		    "e usr/lib/libb.so.1 soname=libb.so.1\n",
		    "library usr/bin/a libb.so.1 = usr/lib/libb.so.1\n");
}

static void test_versions(void **state)
{
	check_needs(
		"e usr/bin/a needed=libb.so.1 version=libb.so.1:B_1 version=libb.so.1:B_2\n"
		"e usr/lib/libb.so.1 soname=libb.so.1 defines=B_1\n",
		"library usr/bin/a libb.so.1 = usr/lib/libb.so.1\n"
		"version usr/bin/a B_1 = usr/lib/libb.so.1\n"
		"version usr/bin/a B_2 = -\n");
}

static void test_library_without_versions_is_taken(void **state)
{
	check_needs("e usr/bin/a needed=libb.so.1 version=libb.so.1:B_1\n"
		    "e usr/lib/libb.so.1 soname=libb.so.1\n",
		    "library usr/bin/a libb.so.1 = usr/lib/libb.so.1\n");
}

static void test_interpreters(void **state)
{
	check_needs("e usr/bin/a interpreter=/lib64/ld-linux-x86-64.so.2\n"
		    "x usr/bin/b #!/bin/sh\\n\nf usr/share/c #!/bin/none\\n\n"
		    "x usr/bin/d #!/bin/none\\n\nf usr/bin/sh x\nl bin -> usr/bin\n",
		    "interpreter usr/bin/a /lib64/ld-linux-x86-64.so.2 = -\n"
		    "script usr/bin/b /bin/sh = usr/bin/sh\n"
		    "script usr/bin/d /bin/none = -\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_directories),
		cmocka_unit_test(test_other_directories_do_not_count),
		cmocka_unit_test(test_runpath_and_origin),
		cmocka_unit_test(test_runpath_disables_rpath),
		cmocka_unit_test(test_other_machine),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_library_without_versions_is_taken),
		cmocka_unit_test(test_interpreters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
