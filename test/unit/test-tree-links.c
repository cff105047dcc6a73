/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "formats/core/limits.h"
#include "test/lib/test.h"
#include "test/lib/world.h"

static int set_up(void **state)
{
	*state = arena_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

/* Adds a file by the builder, as a reader of initrds gives it. */
static void add(struct tree *tree, const char *path, const char *link, uint32_t mode,
		const char *text)
{
	struct tree_builder builder = {.tree = tree, .lazy = true};
	struct entry_visitor visitor = tree_builder_visitor(&builder);
	_cleanup_(source_unrefp) struct source *content =
		test_source(text ? text : "", text ? strlen(text) : 0);
	struct entry entry = {
		.path = path,
		.type = ENTRY_FILE,
		.mode = mode,
		.link = link,
		.size = source_size(content),
		.content = text ? content : NULL,
	};
	struct error error = ERROR_INIT;

	test_ok(visitor.add(visitor.context, &entry, &error), &error);
}

static void check(struct tree *tree, const char *path, uint32_t mode, const char *text)
{
	const struct node *node = tree_get(tree, path);
	struct error error = ERROR_INIT;
	struct span span;

	assert_non_null(node);
	assert_string_equal(node->entry.path, path);
	assert_int_equal(node->entry.mode, mode);
	assert_int_equal(node->entry.size, strlen(text));
	test_ok(node_read(tree, node, &span, &error), &error);
	assert_true(span_equal(span, span_string(text)));
}

static size_t n_names(const struct tree *tree, const char *path)
{
	const struct node *node = tree_get(tree, path);
	size_t n = 1;

	for (const struct node *same = node->same; same && same != node;
	     same = same->same) {
		assert_ptr_equal(same->same_before->same, same);
		n++;
	}
	return n;
}

static void test_last_name_says_all(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(*state, "");

	add(tree, "a", NULL, 0600, "");
	add(tree, "b", "a", 0644, NULL);
	add(tree, "c", "a", 0755, "#!/bin/c\n");
	check(tree, "a", 0755, "#!/bin/c\n");
	check(tree, "b", 0755, "#!/bin/c\n");
	check(tree, "c", 0755, "#!/bin/c\n");
	assert_string_equal(tree_get(tree, "a")->interpreter, "/bin/c");
	add(tree, "d", "a", 0711, NULL);
	check(tree, "a", 0711, "#!/bin/c\n");
	check(tree, "d", 0711, "#!/bin/c\n");
	assert_string_equal(tree_get(tree, "d")->interpreter, "/bin/c");
	assert_int_equal(n_names(tree, "b"), 4);
	add(tree, "e", "d", 0700, "short");
	check(tree, "b", 0700, "short");
	assert_null(tree_get(tree, "b")->interpreter);
}

/* A file that is there is opened and cut, not replaced: all its names see it. */
static void test_written_over_in_place(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(*state, "");

	add(tree, "a", NULL, 0644, "before");
	add(tree, "b", "a", 0644, NULL);
	add(tree, "a", NULL, 0600, "after it");
	check(tree, "a", 0600, "after it");
	check(tree, "b", 0600, "after it");
	add(tree, "b", NULL, 0640, "#!/bin/b");
	assert_string_equal(tree_get(tree, "a")->interpreter, "/bin/b");
	assert_int_equal(n_names(tree, "a"), 2);
	assert_int_equal(tree->n_lost, 0);
}

static void test_replaced_names_leave(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(*state, "");
	struct entry link = {
		.path = "a", .type = ENTRY_SYMLINK, .mode = 0777, .target = "b"};

	add(tree, "a", NULL, 0644, "x");
	add(tree, "b", "a", 0644, NULL);
	add(tree, "c", "a", 0644, NULL);
	test_ok(tree_add(tree, &link, NULL, NULL), NULL);
	assert_int_equal(n_names(tree, "a"), 1);
	assert_int_equal(n_names(tree, "c"), 2);
	tree_remove(tree, tree_get(tree, "b"));
	assert_int_equal(n_names(tree, "c"), 1);
	assert_null(tree_get(tree, "c")->same);
	add(tree, "c", NULL, 0600, "y");
	check(tree, "c", 0600, "y");
}

/* link(2) fails: the first name is gone, is no file, is the name itself. */
static void test_nothing_to_link_to(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(*state, "d d/x\n");

	add(tree, "a", "none", 0644, NULL);
	assert_int_equal(tree->n_lost, 1);
	add(tree, "a", "d", 0644, NULL);
	assert_int_equal(tree->n_lost, 2);
	assert_null(tree_get(tree, "a"));
	add(tree, "b", NULL, 0644, "x");
	add(tree, "d", "b", 0644, NULL);
	assert_int_equal(tree->n_lost, 3);
	add(tree, "none/c", "b", 0644, NULL);
	assert_int_equal(tree->n_lost, 4);
	add(tree, "b", "b", 0644, NULL);
	assert_int_equal(tree->n_lost, 5);
	assert_null(tree_get(tree, "b"));
}

/* mknod(2) fails where such a node is; its owner and mode are set all the same. */
static void test_nodes_keep_their_numbers(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(*state, "c c 1 3\n");
	struct entry entry = {.path = "c",
			      .type = ENTRY_CHARACTER_DEVICE,
			      .mode = 0640,
			      .device_major = 1,
			      .device_minor = 5};

	test_ok(tree_add(tree, &entry, NULL, NULL), NULL);
	assert_int_equal(tree_get(tree, "c")->entry.mode, 0640);
	assert_int_equal(tree_get(tree, "c")->entry.device_minor, 3);
	entry.type = ENTRY_BLOCK_DEVICE;
	test_ok(tree_add(tree, &entry, NULL, NULL), NULL);
	assert_int_equal(tree_get(tree, "c")->entry.device_minor, 5);
}

/* Each name changes all that came before it. */
static void test_too_many_changes(void **state)
{
	_cleanup_(tree_freep) struct tree *tree = world_tree(*state, "");
	struct error error = ERROR_INIT;
	int r = 0;

	add(tree, "a", NULL, 0644, "x");
	for (unsigned i = 0; r == 0; i++) {
		struct entry entry = {
			.type = ENTRY_FILE, .mode = i % 2 ? 0644 : 0600, .link = "a"};

		assert_true(i < 4000);
		entry.path = arena_printf(*state, "n%u", i);
		r = tree_add(tree, &entry, NULL, &error);
	}
	assert_int_equal(r, -E2BIG);
	assert_non_null(strstr(error.message, "4000000"));
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_last_name_says_all),       CASE(test_written_over_in_place),
		CASE(test_replaced_names_leave),     CASE(test_nothing_to_link_to),
		CASE(test_nodes_keep_their_numbers), CASE(test_too_many_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
