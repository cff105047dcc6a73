/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/limits.h"
#include "sysext-verify/model/overlay.h"
#include "test/lib/world.h"

struct fixture {
	struct arena *arena;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->arena = arena_new();
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	arena_free(fixture->arena);
	free(fixture);
	return 0;
}

static struct arena *arena_of(void **state)
{
	return ((struct fixture *)*state)->arena;
}

static const char *chase(const struct tree *tree, const char *path)
{
	const struct node *node = tree_chase(tree, path, NULL);

	return node ? node->entry.path : NULL;
}

static void test_later_file_wins(void **state)
{
	_cleanup_(tree_freep) struct tree *tree =
		world_tree(arena_of(state), "f etc/x first\nf etc/x second, longer\n");

	assert_int_equal(tree_get(tree, "etc/x")->entry.size, 14);
	assert_int_equal(tree->n_nodes, 3);
}

static void test_parents_are_followed_through_links(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(
		arena_of(state), "d usr/lib\nl lib -> usr/lib\nf lib/a.so x\n");

	assert_non_null(tree_get(tree, "usr/lib/a.so"));
	assert_null(tree_get(tree, "lib/a.so"));
	assert_string_equal(chase(tree, "/lib/a.so"), "usr/lib/a.so");
}

static void test_entry_without_parent_is_lost(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(arena_of(state), "d usr\n");
	struct entry entry = {.path = "nowhere/x", .type = ENTRY_FILE};
	struct node *node = tree->root;

	test_ok(tree_add(tree, &entry, &node, NULL), NULL);
	assert_null(node);
	assert_int_equal(tree->n_lost, 1);
	assert_string_equal(tree->first_lost, "nowhere/x");
}

static void test_file_over_directory(void **state)
{
	_cleanup_(tree_freep) struct tree *tree =
		world_tree(arena_of(state), "d full/x\nd empty\nf full y\nf empty y\n");

	assert_int_equal(tree_get(tree, "full")->entry.type, ENTRY_DIRECTORY);
	assert_int_equal(tree_get(tree, "empty")->entry.type, ENTRY_FILE);
	assert_int_equal(tree->n_lost, 1);
}

static void test_directory_over_directory_keeps_contents(void **state)
{
	_cleanup_(tree_freep) struct tree *tree =
		world_tree(arena_of(state), "f usr/x y\nd usr\n");
	struct entry entry = {.path = "usr", .type = ENTRY_DIRECTORY, .mode = 0700};

	test_ok(tree_add(tree, &entry, NULL, NULL), NULL);
	assert_non_null(tree_get(tree, "usr/x"));
	assert_int_equal(tree_get(tree, "usr")->entry.mode, 0700);
}

static void test_chase(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(
		arena_of(state),
		"f usr/lib/real x\nl usr/lib/a -> b\nl usr/lib/b -> ../lib/real\n"
		"l abs -> /usr/lib\nl loop -> loop2\nl loop2 -> loop\n"
		"l out -> ../../usr/lib/real\nl dangling -> usr/none/x\n");
	const char *missing = NULL;

	assert_string_equal(chase(tree, "usr/lib/a"), "usr/lib/real");
	assert_string_equal(chase(tree, "//abs/./a"), "usr/lib/real");
	assert_string_equal(chase(tree, "out"), "usr/lib/real");
	assert_string_equal(chase(tree, "/"), "");
	assert_null(chase(tree, "loop"));
	assert_null(chase(tree, "usr/lib/real/x"));
	assert_null(tree_chase(tree, "dangling", &missing));
	assert_string_equal(missing, "usr/none");
	assert_string_equal(tree_chase_link(tree, "abs/a")->entry.path, "usr/lib/a");
	assert_int_equal(tree_chase_link(tree, "abs")->entry.type, ENTRY_SYMLINK);
}

static void test_chase_ends_on_long_chains(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(arena_of(state), "f l0 x\n");

	for (unsigned i = 1; i <= LIMIT_LINKS + 1; i++) {
		struct entry entry = {.type = ENTRY_SYMLINK, .mode = 0777};

		entry.path = arena_printf(arena_of(state), "l%u", i);
		entry.target = arena_printf(arena_of(state), "l%u", i - 1);
		test_ok(tree_add(tree, &entry, NULL, NULL), NULL);
	}
	assert_non_null(chase(tree, arena_printf(arena_of(state), "l%d", LIMIT_LINKS)));
	assert_null(chase(tree, arena_printf(arena_of(state), "l%d", LIMIT_LINKS + 1)));
}

static void test_script_interpreter(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(
		arena_of(state), "x a #! /bin/sh -e\\nexit\nx b #!/bin/x\nf c text\n");

	assert_string_equal(tree_get(tree, "a")->interpreter, "/bin/sh");
	assert_string_equal(tree_get(tree, "b")->interpreter, "/bin/x");
	assert_null(tree_get(tree, "c")->interpreter);
}

static void check_merge(void **state, const char *base_text, const char *extension_text,
			const char *expected)
{
	struct arena *arena = arena_of(state);
	_cleanup_(tree_freep) struct tree *base = world_tree(arena, base_text);
	_cleanup_(tree_freep) struct tree *extension = world_tree(arena, extension_text);
	_cleanup_(tree_freep) struct tree *merged = NULL;
	struct error error = ERROR_INIT;

	test_ok(overlay_merge(arena, base, &extension, 1, &merged, &error), &error);
	assert_string_equal(world_paths(arena, merged), expected);
}

static void test_merge_adds(void **state)
{
	check_merge(state, "f usr/bin/a x\nf etc/b x\n",
		    "f usr/bin/c y\nf opt/d y\nf etc/e y\n",
		    "etc/b 0\nopt/d 1\nusr/bin/a 0\nusr/bin/c 1\n");
}

static void test_merge_replaces(void **state)
{
	check_merge(state, "f usr/a x\nf usr/b/c x\nl usr/l -> b\n",
		    "f usr/a y\nf usr/b y\nf usr/l/n y\n",
		    "usr/a 1\nusr/b 1\nusr/l/n 1\n");
}

static void test_merge_whiteout_and_opaque(void **state)
{
	struct entry_xattr opaque = {"trusted.overlay.opaque", span_string("y")};
	struct arena *arena = arena_of(state);
	_cleanup_(tree_freep) struct tree *base =
		world_tree(arena, "f usr/a x\nf usr/b/c x\nf usr/b/d x\n");
	_cleanup_(tree_freep) struct tree *extension =
		world_tree(arena, "c usr/a 0 0\nf usr/b/e y\n");
	_cleanup_(tree_freep) struct tree *merged = NULL;

	tree_get(extension, "usr/b")->entry.xattrs = &opaque;
	tree_get(extension, "usr/b")->entry.n_xattrs = 1;
	test_ok(overlay_merge(arena, base, &extension, 1, &merged, NULL), NULL);
	assert_string_equal(world_paths(arena, merged), "usr/b/e 1\n");
}

static void test_merge_knows_what_is_hidden(void **state)
{
	struct arena *arena = arena_of(state);
	_cleanup_(tree_freep) struct tree *base = world_tree(arena, "f usr/a old\n");
	_cleanup_(tree_freep) struct tree *extension = world_tree(arena, "f usr/a new\n");
	_cleanup_(tree_freep) struct tree *merged = NULL;
	const struct node *node;

	test_ok(overlay_merge(arena, base, &extension, 1, &merged, NULL), NULL);
	node = tree_get(merged, "usr/a");
	assert_ptr_equal(node->hides, tree_get(base, "usr/a"));
	assert_ptr_equal(node->origin, tree_get(extension, "usr/a"));
}

/* systemd puts the highest name on top: the last layer wins. */
static void test_merge_order(void **state)
{
	struct arena *arena = arena_of(state);
	_cleanup_(tree_freep) struct tree *base = world_tree(arena, "f usr/a 0\n");
	_cleanup_(tree_freep) struct tree *low =
		world_tree(arena, "f usr/a 1\nf usr/b 1\n");
	_cleanup_(tree_freep) struct tree *high = world_tree(arena, "f usr/a 2\n");
	_cleanup_(tree_freep) struct tree *merged = NULL;
	struct tree *layers[] = {low, high};

	test_ok(overlay_merge(arena, base, layers, 2, &merged, NULL), NULL);
	assert_string_equal(world_paths(arena, merged), "usr/a 2\nusr/b 1\n");
}

/* A hierarchy that is a link inside the extension is followed there, as chase() does. */
static void test_merge_follows_the_hierarchy(void **state)
{
	check_merge(state, "f usr/a x\n", "f other/b y\nl usr -> other\n",
		    "usr/a 0\nusr/b 1\n");
}

static void test_merge_ignores_the_rest(void **state)
{
	check_merge(state, "f usr/a x\n", "f etc/b y\nf usrx/c y\nf var/d y\n",
		    "usr/a 0\n");
	assert_true(overlay_covers("usr"));
	assert_true(overlay_covers("opt/x"));
	assert_false(overlay_covers("usrx/c"));
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_later_file_wins),
		CASE(test_parents_are_followed_through_links),
		CASE(test_entry_without_parent_is_lost),
		CASE(test_file_over_directory),
		CASE(test_directory_over_directory_keeps_contents),
		CASE(test_chase),
		CASE(test_chase_ends_on_long_chains),
		CASE(test_script_interpreter),
		CASE(test_merge_adds),
		CASE(test_merge_replaces),
		CASE(test_merge_whiteout_and_opaque),
		CASE(test_merge_knows_what_is_hidden),
		CASE(test_merge_order),
		CASE(test_merge_follows_the_hierarchy),
		CASE(test_merge_ignores_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
