/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "formats/core/limits.h"
#include "test/lib/scratch.h"
#include "test/lib/test.h"

static struct directory *open_root(const struct scratch *scratch)
{
	struct directory *directory = NULL;
	struct error error = ERROR_INIT;

	test_ok(directory_open(scratch->root, &directory, &error), &error);
	return directory;
}

/* The lines of a walk, with the owner of this run as "U:G". */
static char *list_tree(const struct scratch *scratch)
{
	struct test_listing listing = {.with_content = true};
	struct entry_visitor visitor = test_listing_visitor(&listing);
	struct error error = ERROR_INIT;
	char owner[32];

	test_ok(directory_read(scratch->root, &visitor, &error), &error);
	(void)snprintf(owner, sizeof(owner), " %u:%u ", geteuid(), getegid());
	for (char *at = strstr(listing.text, owner); at; at = strstr(at, owner)) {
		memcpy(at, " U:G ", 5);
		memmove(at + 5, at + strlen(owner), strlen(at + strlen(owner)) + 1);
	}
	return listing.text;
}

static void test_walk(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_free_ char *text = NULL;

	scratch_directory(scratch, "b");
	scratch_directory(scratch, "a");
	scratch_file(scratch, "a/z", "zz", 0640);
	scratch_file(scratch, "a/B", "", 04755);
	scratch_directory(scratch, "a/c");
	scratch_file(scratch, "a/c/deep", "x", 0644);
	scratch_file(scratch, "a-", "y", 0600);
	scratch_file(scratch, "new\nline", "", 0644);
	assert_int_equal(mkfifoat(scratch->fd, "fifo", 0600), 0);
	/* Links are listed, not followed, wherever they lead. */
	scratch_link(scratch, "inside", "a/c");
	scratch_link(scratch, "outside", "../secret");
	scratch_link(scratch, "b/absolute", "/etc");
	scratch_link(scratch, "b/loop", ".");
	text = list_tree(scratch);
	assert_string_equal(text, "d 755 U:G \n"
				  "d 755 U:G a\n"
				  "f 4755 U:G a/B 0 \n"
				  "d 755 U:G a/c\n"
				  "f 644 U:G a/c/deep 1 x\n"
				  "f 640 U:G a/z 2 zz\n"
				  "f 600 U:G a- 1 y\n"
				  "d 755 U:G b\n"
				  "l 777 U:G b/absolute -> /etc\n"
				  "l 777 U:G b/loop -> .\n"
				  "p 600 U:G fifo\n"
				  "l 777 U:G inside -> a/c\n"
				  "f 644 U:G new\\x0aline 0 \n"
				  "l 777 U:G outside -> ../secret\n");
}

static void test_not_a_directory(void **state)
{
	const struct scratch *scratch = *state;
	struct entry_visitor visitor = {0};
	struct directory *directory = NULL;
	struct error error = ERROR_INIT;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/none", scratch->root);
	assert_int_equal(directory_open(path, &directory, &error), -ENOENT);
	test_error(&error, -ENOENT, ERROR_NO_OFFSET, "cannot open directory");
	assert_int_equal(directory_read(path, &visitor, &error), -ENOENT);
	(void)snprintf(path, sizeof(path), "%s/secret", scratch->path);
	assert_int_equal(directory_open(path, &directory, &error), -ENOTDIR);
	assert_null(directory);
}

static int stop(void *context, const struct entry *entry, struct error *error)
{
	return ++*(unsigned *)context < 2 ? 0 : error_set(error, -EXDEV, "stopped");
}

static void test_visitor_stops(void **state)
{
	const struct scratch *scratch = *state;
	unsigned n = 0;
	struct entry_visitor visitor = {.add = stop, .context = &n};
	struct error error = ERROR_INIT;

	scratch_file(scratch, "a", "", 0600);
	scratch_file(scratch, "b", "", 0600);
	assert_int_equal(directory_read(scratch->root, &visitor, &error), -EXDEV);
	test_error(&error, -EXDEV, ERROR_NO_OFFSET, "stopped");
	assert_int_equal(n, 2);
}

static int pass(void *context, const struct entry *entry, struct error *error)
{
	return 0;
}

/* Root may read everything: for these steps it is somebody else. */
static void become(uid_t user)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(user), 0);
}

static void test_unreadable(void **state)
{
	const struct scratch *scratch = *state;
	struct entry_visitor visitor = {.add = pass};
	_cleanup_(directory_freep) struct directory *directory = open_root(scratch);
	_cleanup_(directory_entry_freep) struct entry *file = NULL, *inside = NULL;
	_cleanup_free_ char **names = NULL;
	struct error errors[4] = {ERROR_INIT, ERROR_INIT, ERROR_INIT, ERROR_INIT};
	int results[4];
	char byte;

	scratch_directory(scratch, "closed");
	scratch_file(scratch, "closed/x", "x", 0644);
	scratch_file(scratch, "file", "x", 0);
	assert_int_equal(fchmodat(scratch->fd, "closed", 0, 0), 0);
	become(65534);
	results[0] = directory_read(scratch->root, &visitor, &errors[0]);
	results[1] = directory_list(directory, "closed", &names, &errors[1]);
	results[2] = directory_lookup(directory, "closed/x", &inside, &errors[2]);
	results[3] = directory_lookup(directory, "file", &file, NULL);
	if (results[3] == 0)
		results[3] = source_read(file->content, 0, &byte, 1, &errors[3]);
	become(0);
	assert_int_equal(fchmodat(scratch->fd, "closed", 0755, 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		assert_int_equal(results[i], -EACCES);
	test_error(&errors[0], -EACCES, ERROR_NO_OFFSET,
		   "cannot open directory 'closed'");
	test_error(&errors[1], -EACCES, ERROR_NO_OFFSET,
		   "cannot open directory 'closed'");
	test_error(&errors[2], -EACCES, ERROR_NO_OFFSET, "cannot open 'closed/x'");
	test_error(&errors[3], -EACCES, ERROR_NO_OFFSET, "cannot open 'file'");
	assert_int_equal(file->mode, 0);
	assert_null(names);
}

static void test_lookup(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_(directory_freep) struct directory *directory = open_root(scratch);
	/* The type's first letter, the path and, of a link, its target. */
	static const char *const rows[][2] = {
		{"d", ""},           {"d/", ""},      {"fd/f", ""},
		{"f//d/f", ""},      {"llink", "d"},  {"flink/f", ""},
		{"fabsolute/f", ""}, {"fup/d/f", ""}, {"ldangling", "/none"},
	};
	static const char *const missing[] = {
		"none",   "d/none",    "d/f/x",     "none/x",         "dangling/x",
		"secret", "../secret", "up/secret", "d/../../secret", "out/secret",
	};

	scratch_directory(scratch, "d");
	scratch_file(scratch, "d/f", "abc", 0644);
	scratch_link(scratch, "link", "d");
	scratch_link(scratch, "absolute", "/d");
	scratch_link(scratch, "dangling", "/none");
	scratch_link(scratch, "up", "../../..");
	scratch_link(scratch, "out", scratch->path);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(directory_entry_freep) struct entry *entry = NULL;
		struct error error = ERROR_INIT;

		test_ok(directory_lookup(directory, rows[i][0] + 1, &entry, &error),
			&error);
		assert_int_equal("fdlcbps"[entry->type], rows[i][0][0]);
		assert_string_equal(entry->target ? entry->target : "", rows[i][1]);
		assert_int_equal(entry->size, entry->type == ENTRY_FILE ? 3 : 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		struct entry *entry = NULL;
		struct error error = ERROR_INIT;

		assert_int_equal(directory_lookup(directory, missing[i], &entry, &error),
				 -ENODATA);
		test_error(&error, -ENODATA, ERROR_NO_OFFSET, "does not exist");
	}
}

static void test_resolve(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_(directory_freep) struct directory *directory = open_root(scratch);
	static const char *const rows[][2] = {
		{"", ""},
		{"/", ""},
		{"a/b", "a/b"},
		{"/a//b/", "a/b"},
		{"link/f", "a/b/f"},
		{"absolute", "a/b"},
		{"a/up", ""},
		{"a/up/a/b", "a/b"},
		{"a/b/../../absolute/f", "a/b/f"},
		{"chain", "a/b/f"},
	};
	static const char *const missing[] = {"none", "dangling", "a/b/f/x",
					      "a/up/secret"};

	scratch_directory(scratch, "a");
	scratch_directory(scratch, "a/b");
	scratch_file(scratch, "a/b/f", "", 0644);
	scratch_link(scratch, "link", "a/b");
	scratch_link(scratch, "absolute", "/../a/b");
	scratch_link(scratch, "a/up", "../../..");
	scratch_link(scratch, "chain", "a/up/link/f");
	scratch_link(scratch, "dangling", "../secret");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *found = NULL;
		struct error error = ERROR_INIT;

		test_ok(directory_resolve(directory, rows[i][0], &found, &error), &error);
		assert_string_equal(found, rows[i][1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		struct error error = ERROR_INIT;
		char *path = NULL;

		assert_int_equal(directory_resolve(directory, missing[i], &path, &error),
				 -ENODATA);
		test_error(&error, -ENODATA, ERROR_NO_OFFSET, missing[i]);
		assert_null(path);
	}
}

static void test_link_limit(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_(directory_freep) struct directory *directory = open_root(scratch);
	_cleanup_free_ char *found = NULL;
	struct error error = ERROR_INIT;
	char name[16], target[16];

	scratch_file(scratch, "l0", "", 0644);
	for (unsigned i = 1; i <= LIMIT_LINKS + 1; i++) {
		(void)snprintf(name, sizeof(name), "l%u", i);
		(void)snprintf(target, sizeof(target), "l%u", i - 1);
		scratch_link(scratch, name, target);
	}
	scratch_link(scratch, "loop", "loop");
	test_ok(directory_resolve(directory, target, &found, &error), &error);
	assert_string_equal(found, "l0");
	assert_int_equal(directory_resolve(directory, name, &found, &error), -ELOOP);
	test_error(&error, -ELOOP, ERROR_NO_OFFSET, "cannot open 'l41'");
	assert_int_equal(directory_resolve(directory, "loop", &found, &error), -ELOOP);
}

static void test_list(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_(directory_freep) struct directory *directory = open_root(scratch);
	_cleanup_free_ char **names = NULL, **empty = NULL, **linked = NULL;
	struct error error = ERROR_INIT;

	scratch_directory(scratch, "d");
	scratch_directory(scratch, "d/b");
	scratch_file(scratch, "d/a", "", 0600);
	scratch_file(scratch, "d/.B", "", 0600);
	scratch_link(scratch, "link", "../../d");
	test_ok(directory_list(directory, "/d", &names, &error), &error);
	assert_string_equal(names[0], ".B");
	assert_string_equal(names[1], "a");
	assert_string_equal(names[2], "b");
	assert_null(names[3]);
	test_ok(directory_list(directory, "d/b", &empty, &error), &error);
	assert_null(empty[0]);
	test_ok(directory_list(directory, "link", &linked, &error), &error);
	assert_string_equal(linked[0], ".B");
	assert_int_equal(directory_list(directory, "none", &names, &error), -ENODATA);
	test_error(&error, -ENODATA, ERROR_NO_OFFSET, "'none' does not exist");
	assert_int_equal(directory_list(directory, "d/a", &names, &error), -ENOTDIR);
	test_error(&error, -ENOTDIR, ERROR_NO_OFFSET, "cannot open directory 'd/a'");
}

static void test_properties(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_(directory_freep) struct directory *directory = open_root(scratch);
	_cleanup_(directory_entry_freep) struct entry *a = NULL, *b = NULL, *c = NULL;
	const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1234567890}};
	struct error error = ERROR_INIT;
	char path[128];
	bool has_xattr;

	scratch_file(scratch, "a", "x", 0644);
	scratch_file(scratch, "c", "x", 02711);
	assert_int_equal(linkat(scratch->fd, "a", scratch->fd, "b", 0), 0);
	assert_int_equal(utimensat(scratch->fd, "c", times, 0), 0);
	(void)snprintf(path, sizeof(path), "%s/c", scratch->root);
	/* Not every file system has them. */
	has_xattr = setxattr(path, "user.test", "v\0w", 3, 0) == 0;
	test_ok(directory_lookup(directory, "a", &a, &error), &error);
	test_ok(directory_lookup(directory, "b", &b, &error), &error);
	test_ok(directory_lookup(directory, "c", &c, &error), &error);
	assert_true(a->inode != 0);
	assert_int_equal(a->inode, b->inode);
	assert_int_equal(c->inode, 0);
	assert_int_equal(c->mode, 02711);
	assert_int_equal(c->mtime, 1234567890);
	assert_int_equal(c->uid, geteuid());
	if (!has_xattr)
		return;
	assert_int_equal(c->n_xattrs, 1);
	assert_string_equal(c->xattrs[0].name, "user.test");
	assert_int_equal(c->xattrs[0].value.size, 3);
	assert_memory_equal(c->xattrs[0].value.data, "v\0w", 3);
}

/* Only root may set one of a link. */
static void test_attributes_of_links(void **state)
{
	const struct scratch *scratch = *state;
	_cleanup_(directory_freep) struct directory *directory = open_root(scratch);
	_cleanup_(directory_entry_freep) struct entry *link = NULL;
	struct error error = ERROR_INIT;
	char path[128];
	bool has_xattr;

	assert_int_equal(symlinkat("nowhere", scratch->fd, "link"), 0);
	(void)snprintf(path, sizeof(path), "%s/link", scratch->root);
	has_xattr = lsetxattr(path, "trusted.test", "", 0, 0) == 0;
	test_ok(directory_lookup(directory, "link", &link, &error), &error);
	assert_string_equal(link->target, "nowhere");
	assert_int_equal(link->n_xattrs, has_xattr);
	if (has_xattr)
		assert_string_equal(link->xattrs[0].name, "trusted.test");
}

/* Contents are opened when read: what stands there then must not lead outside. */
static void test_changes_between(void **state)
{
	const struct scratch *scratch = *state;
	struct directory *directory = open_root(scratch);
	_cleanup_(directory_entry_freep) struct entry *entry = NULL;
	struct error error = ERROR_INIT;
	char bytes[7];

	scratch_directory(scratch, "d");
	scratch_file(scratch, "d/secret", "1234567", 0644);
	test_ok(directory_lookup(directory, "d/secret", &entry, &error), &error);
	directory_free(directory);
	test_ok(source_read(entry->content, 0, bytes, 7, &error), &error);
	assert_memory_equal(bytes, "1234567", 7);
	assert_int_equal(unlinkat(scratch->fd, "d/secret", 0), 0);
	scratch_file(scratch, "d/secret", "12345", 0644);
	assert_int_equal(source_read(entry->content, 0, bytes, 7, &error), -EBADMSG);
	test_error(&error, -EBADMSG, 5, "'d/secret' shrank");
	assert_int_equal(unlinkat(scratch->fd, "d/secret", 0), 0);
	assert_int_equal(source_read(entry->content, 0, bytes, 7, &error), -ENOENT);
	scratch_link(scratch, "d/secret", "../../secret");
	assert_int_equal(source_read(entry->content, 0, bytes, 7, &error), -ELOOP);
	assert_int_equal(unlinkat(scratch->fd, "d/secret", 0), 0);
	assert_int_equal(unlinkat(scratch->fd, "d", AT_REMOVEDIR), 0);
	scratch_link(scratch, "d", "..");
	assert_int_equal(source_read(entry->content, 0, bytes, 7, &error), -ENOENT);
}

/* A tree deeper than a path can be long. */
static void test_deep_tree(void **state)
{
	const struct scratch *scratch = *state;
	struct entry_visitor visitor = {.add = pass};
	struct error error = ERROR_INIT;
	struct scratch below = *scratch;
	char name[201] = "";

	memset(name, 'n', sizeof(name) - 1);
	for (size_t size = 0; size < LIMIT_PATH_SIZE; size += sizeof(name)) {
		int parent = below.fd;

		if (size > 0)
			test_ok(directory_read(scratch->root, &visitor, &error), &error);
		scratch_directory(&below, name);
		below.fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(below.fd >= 0);
		if (parent != scratch->fd)
			(void)close(parent);
	}
	(void)close(below.fd);
	assert_int_equal(directory_read(scratch->root, &visitor, &error), -E2BIG);
	test_error(&error, -E2BIG, ERROR_NO_OFFSET, "path is longer than 4095 bytes");
}

int main(void)
{
#define CASE(function) \
	cmocka_unit_test_setup_teardown(function, scratch_set_up, scratch_tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_walk),
		CASE(test_not_a_directory),
		CASE(test_visitor_stops),
		CASE(test_unreadable),
		CASE(test_lookup),
		CASE(test_resolve),
		CASE(test_link_limit),
		CASE(test_list),
		CASE(test_properties),
		CASE(test_changes_between),
		CASE(test_attributes_of_links),
		CASE(test_changes_between),
		CASE(test_deep_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
