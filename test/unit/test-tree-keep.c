/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "formats/core/limits.h"
#include "sysext-verify/model/objects.h"
#include "sysext-verify/model/tree.h"
#include "test/lib/test.h"

/* A tree that is filled as from a stream: only what is wanted has contents. */
struct stream {
	struct arena *arena;
	struct tree *tree;
	struct tree_builder builder;
	struct entry_visitor visitor;
};

static void stream_open(struct stream *stream)
{
	*stream = (struct stream){.arena = arena_new()};
	test_ok(tree_new(stream->arena, &stream->tree, NULL), NULL);
	stream->builder = (struct tree_builder){.tree = stream->tree};
	stream->visitor = tree_builder_visitor(&stream->builder);
}

static void stream_done(struct stream *stream)
{
	tree_free(stream->tree);
	arena_free(stream->arena);
}

#define _cleanup_stream_ _cleanup_(stream_done)

/* @size may be more than the bytes of @head; contents are zeros behind it. */
static int give(struct stream *stream, const char *path, const char *head, size_t size,
		struct error *error)
{
	size_t head_size = MIN(size, 64);
	char first[64] = {0};
	struct entry entry = {
		.path = path, .type = ENTRY_FILE, .mode = 0755, .size = size};
	int r;

	memcpy(first, head, MIN(strlen(head), head_size));
	if (stream->visitor.want(&stream->builder, &entry, span_make(first, head_size))) {
		char *bytes = calloc(1, size + 1);

		memcpy(bytes, first, head_size);
		entry.content = source_take_memory(bytes, size);
	}
	r = stream->visitor.add(&stream->builder, &entry, error);
	source_unref(entry.content);
	return r;
}

static bool is_kept(struct stream *stream, const char *path)
{
	return tree_get(stream->tree, path)->entry.content != NULL;
}

static void test_paths(void **state)
{
	static const char *const kept[] = {
		"usr/lib/os-release",
		"etc/initrd-release",
		"usr/lib/systemd/system/a.service",
		"nix/store/units/b.target",
		"etc/systemd/sysext.conf",
		"usr/lib/systemd/system/a.service.d/x.conf",
		"usr/lib/modules/6.1/modules.dep",
		"usr/lib/modules/6.1/modules.builtin",
		"etc/verity.d/a.crt",
		"etc/verity.d/README",
		"etc/passwd",
		"etc/shadow",
		"verity.d/x",
		"usr/lib/tmpfiles.d/x.conf",
	};
	static const char *const others[] = {
		"usr/share/doc/readme.txt", "usr/bin/tool",
		"usr/lib/firmware/x.bin",   "usr/lib/modules/6.1/kernel/x.ko",
		"etc/my-verity.d/x",        "release",
		"etc/passwd.old",           "",
	};

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (!tree_keeps(kept[i]))
			fail_msg("'%s' is not kept", kept[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (tree_keeps(others[i]))
			fail_msg("'%s' is kept", others[i]);
}

static void test_contents(void **state)
{
	_cleanup_stream_ struct stream stream;
	struct error error = ERROR_INIT;

	stream_open(&stream);
	test_ok(give(&stream, "a.service", "[Unit]\n", 7, &error), &error);
	test_ok(give(&stream, "text", "some text", 9, &error), &error);
	test_ok(give(&stream, "large.service", "[Unit]\n", LIMIT_TEXT_FILE + 1, &error),
		&error);
	assert_true(is_kept(&stream, "a.service"));
	assert_false(is_kept(&stream, "text"));
	assert_false(is_kept(&stream, "large.service"));
	assert_int_equal(stream.tree->contents_size, 7);
}

/* Of a script the interpreter is known, and nothing is kept. */
static void test_script(void **state)
{
	_cleanup_stream_ struct stream stream;
	struct error error = ERROR_INIT;

	stream_open(&stream);
	test_ok(give(&stream, "script", "#! /bin/sh -e\n", 14, &error), &error);
	assert_string_equal(tree_get(stream.tree, "script")->interpreter, "/bin/sh");
	assert_false(is_kept(&stream, "script"));
	assert_int_equal(stream.tree->contents_size, 0);
}

static void test_over_the_limit(void **state)
{
	_cleanup_stream_ struct stream stream;
	struct error error = ERROR_INIT;
	char head[65];

	stream_open(&stream);
	memset(head, 'x', 64);
	head[64] = 0;
	test_ok(give(&stream, "a.conf", head, LIMIT_TREE_CONTENTS, &error), &error);
	assert_int_equal(give(&stream, "b.conf", head, 64, &error), -E2BIG);
	test_error(&error, -E2BIG, ERROR_NO_OFFSET, "has texts of more than");
	/* What costs nothing until it is read is not counted. */
	stream.builder.lazy = true;
	test_ok(give(&stream, "c.conf", head, 64, &error), &error);
}

/* It is there, and nothing is known of it. */
static void test_large_elf(void **state)
{
	_cleanup_stream_ struct stream stream;
	struct error error = ERROR_INIT;
	const struct node *node;

	stream_open(&stream);
	stream.builder.elf_limit = 1000;
	test_ok(give(&stream, "large",
		     "\x7f"
		     "ELF",
		     1001, &error),
		&error);
	test_ok(give(&stream, "text", "text", 2000, &error), &error);
	node = tree_get(stream.tree, "large");
	assert_true(node->is_elf);
	assert_null(node->elf);
	assert_int_equal(node->elf_error->code, -E2BIG);
	assert_string_equal(node->elf_error->message,
			    "has 1001 bytes, at most 1000 are read of an ELF file");
	assert_false(tree_get(stream.tree, "text")->is_elf);
}

/* What needs such a library may have it: neither found nor missing. */
static void test_need_of_large_elf(void **state)
{
	_cleanup_stream_ struct stream stream;
	static const char *const needed[] = {"libbig.so"};
	struct elfinfo user = {
		.class_bits = 64, .needed = (const char **)needed, .n_needed = 1};
	struct objects objects = {0};
	struct error error = ERROR_INIT;

	stream_open(&stream);
	stream.builder.elf_limit = 1000;
	test_ok(tree_add(stream.tree,
			 &(struct entry){.path = "usr", .type = ENTRY_DIRECTORY}, NULL,
			 &error),
		&error);
	test_ok(tree_add(stream.tree,
			 &(struct entry){.path = "usr/lib", .type = ENTRY_DIRECTORY},
			 NULL, &error),
		&error);
	test_ok(give(&stream, "usr/lib/libbig.so",
		     "\x7f"
		     "ELF",
		     1001, &error),
		&error);
	test_ok(give(&stream, "usr/user", "x", 1, &error), &error);
	tree_get(stream.tree, "usr/user")->elf = &user;
	test_ok(objects_resolve(stream.tree, NULL, NULL, &objects, &error), &error);
	assert_int_equal(objects.n_needs, 1);
	assert_null(objects.needs[0].provider);
	assert_false(objects.needs[0].wrong_machine);
	assert_ptr_equal(objects.needs[0].unread,
			 tree_get(stream.tree, "usr/lib/libbig.so"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_script),
		cmocka_unit_test(test_over_the_limit),
		cmocka_unit_test(test_large_elf),
		cmocka_unit_test(test_need_of_large_elf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
