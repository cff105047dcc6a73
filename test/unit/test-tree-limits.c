/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "formats/core/limits.h"
#include "sysext-verify/model/tree.h"
#include "test/lib/test.h"

/* What a small input may cost in memory. */

static int read_letters(void *context, uint64_t offset, void *buffer, size_t size,
			struct error *error)
{
	memset(buffer, 'a', size);
	return 0;
}

static const struct source_ops letters = {.read = read_letters};

static int add_text(struct tree_builder *builder, unsigned number, struct error *error)
{
	struct entry_visitor visitor = tree_builder_visitor(builder);
	_cleanup_(source_unrefp) struct source *content =
		source_custom(&letters, NULL, LIMIT_TEXT_FILE);
	char path[16];
	const struct entry entry = {.path = path,
				    .type = ENTRY_FILE,
				    .size = LIMIT_TEXT_FILE,
				    .content = content};

	(void)snprintf(path, sizeof(path), "%u.conf", number);
	return visitor.add(visitor.context, &entry, error);
}

static void test_contents(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(tree_freep) struct tree *tree = NULL;
	struct error error = ERROR_INIT;
	struct tree_builder builder = {0}, lazy = {.lazy = true};
	unsigned n = LIMIT_TREE_CONTENTS / LIMIT_TEXT_FILE;

	test_ok(tree_new(arena, &tree, &error), &error);
	builder.tree = lazy.tree = tree;
	for (unsigned i = 0; i < n; i++)
		test_ok(add_text(&builder, i, &error), &error);
	assert_int_equal(add_text(&builder, n, &error), -E2BIG);
	test_error(&error, -E2BIG, ERROR_NO_OFFSET,
		   "has texts of more than 16777216 bytes together");
	/* What is read when it is wanted costs nothing. */
	for (unsigned i = 0; i < 2 * n; i++)
		test_ok(add_text(&lazy, i, &error), &error);
}

static void test_targets(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(tree_freep) struct tree *tree = NULL;
	struct error error = ERROR_INIT;
	char target[4001], path[16];
	struct entry entry = {.path = path, .type = ENTRY_SYMLINK, .target = target};
	unsigned n = 0;
	int r = 0;

	memset(target, 'a', 4000);
	target[4000] = 0;
	test_ok(tree_new(arena, &tree, &error), &error);
	while (r == 0 && n <= LIMIT_IMAGE_NAMES / 4000) {
		(void)snprintf(path, sizeof(path), "%u", n++);
		r = tree_add(tree, &entry, NULL, &error);
	}
	assert_int_equal(r, -E2BIG);
	test_error(&error, -E2BIG, ERROR_NO_OFFSET,
		   "has more than 400000 files or 67108864 bytes of paths");
}

/* 2000 levels, and as many files at the bottom: a look-up must not cost a path a level.
 */
static void test_depth(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(tree_freep) struct tree *tree = NULL;
	struct error error = ERROR_INIT;
	char path[LIMIT_PATH_SIZE] = "";
	struct entry directory = {.path = path, .type = ENTRY_DIRECTORY, .mode = 0755};
	struct entry file = {.path = path, .type = ENTRY_FILE, .mode = 0644};
	size_t size = 0;
	unsigned n_files = 3000;

	test_ok(tree_new(arena, &tree, &error), &error);
	for (unsigned i = 0; i < 2000; i++) {
		size += (size_t)snprintf(path + size, sizeof(path) - size, "%sd",
					 i > 0 ? "/" : "");
		test_ok(tree_add(tree, &directory, NULL, &error), &error);
	}
	for (unsigned i = 0; i < n_files / 10; i++) {
		(void)snprintf(path + size, sizeof(path) - size, "/%u", i);
		test_ok(tree_add(tree, &file, NULL, &error), &error);
	}
	for (unsigned i = 0; i < n_files; i++) {
		(void)snprintf(path + size, sizeof(path) - size, "/%u", i);
		assert_int_equal(tree_get(tree, path) != NULL, i < n_files / 10);
		assert_int_equal(tree_chase(tree, path, NULL) != NULL, i < n_files / 10);
	}
	tree_remove(tree, tree->root->children);
	assert_int_equal(tree->n_nodes, 1);
	assert_null(tree_get(tree, "d"));
	assert_null(tree_get(tree, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
