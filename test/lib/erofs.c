/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/erofs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "test/lib/run.h"

#define MANY      300
#define MAX_WORDS 16

static void put_file(const char *directory, const char *path, size_t size)
{
	_cleanup_free_ char *data = malloc(size + 1), *full = NULL;

	/* No two blocks are the same, and all of it can be compressed. */
	for (size_t i = 0; i < size; i++)
		data[i] = (char)('a' + (i % 26 + i / 4096) % 26);
	full = test_directory_write(directory, path, data, size);
}

static void put_sparse(const char *directory)
{
	_cleanup_free_ char *full =
		test_directory_write(directory, "usr/sparse", "start", 5);

	assert_int_equal(truncate(full, 100000), 0);
}

static void put_many(const char *directory)
{
	for (int i = 0; i < MANY; i++) {
		char name[80];

		(void)snprintf(name, sizeof(name),
			       "usr/many/a-name-that-fills-the-blocks-%d", i * 7919);
		put_file(directory, name, (size_t)i % 3);
	}
}

/*
 * One a file, for the order of several is not kept. Where there are no such attributes,
 * an image without them is tested.
 */
static void put_xattrs(const char *directory)
{
	static const struct {
		const char *path, *name, *value;
	} xattrs[] = {
		{"usr/hello", "user.shared", EROFS_TREE_SHARED},
		{"usr/text", "user.shared", EROFS_TREE_SHARED},
		{"usr/dir", "user.own", "of one directory"},
		{"usr/empty", "user.none", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(xattrs); i++) {
		_cleanup_free_ char *full = NULL;

		assert_true(asprintf(&full, "%s/%s", directory, xattrs[i].path) > 0);
		(void)setxattr(full, xattrs[i].name, xattrs[i].value,
			       strlen(xattrs[i].value), 0);
	}
}

static void put_links(int fd)
{
	char target[3000];

	for (size_t i = 0; i < sizeof(target); i++)
		target[i] = i % 100 == 99 ? '/' : 'x';
	target[sizeof(target) - 1] = 0;
	assert_int_equal(symlinkat("../no/where", fd, "usr/link"), 0);
	assert_int_equal(symlinkat(target, fd, "usr/long-link"), 0);
	assert_int_equal(linkat(fd, "usr/hello", fd, "usr/again", 0), 0);
	assert_int_equal(mkfifoat(fd, "usr/pipe", 0644), 0);
	assert_int_equal(mkdirat(fd, "usr/dir/none", 0700), 0);
}

char *erofs_tree_new(void)
{
	static const struct timespec times[2] = {{.tv_sec = EROFS_TREE_MTIME},
						 {.tv_sec = EROFS_TREE_MTIME}};
	char *directory = test_directory_new();
	_cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	put_file(directory, "usr/hello", 6);
	put_file(directory, "usr/empty", 0);
	put_file(directory, "usr/text", 9000);
	put_file(directory, "usr/block", 4096);
	put_file(directory, "usr/blocks", 8192);
	put_file(directory, "usr/nearly", 4095);
	put_file(directory, "usr/large", 300000);
	put_file(directory, "usr/dir/-before-the-dots", 1);
	put_file(directory, "usr/dir/\xc3\xa9", 1);
	put_sparse(directory);
	put_many(directory);
	put_links(fd);
	put_xattrs(directory);
	assert_int_equal(fchmodat(fd, "usr/hello", 04755, 0), 0);
	assert_int_equal(fchmodat(fd, "usr/dir", 01777, 0), 0);
	assert_int_equal(utimensat(fd, "usr/hello", times, 0), 0);
	return directory;
}

uint8_t *erofs_make(const char *directory, const char *options, size_t *ret_size)
{
	_cleanup_(test_directory_freep) char *out = test_directory_new();
	_cleanup_free_ char *words = strdup(options), *image = NULL, *said = NULL;
	const char *arguments[MAX_WORDS] = {"mkfs.erofs", "--quiet"};
	size_t n = 2;
	char *rest = NULL;

	assert_true(asprintf(&image, "%s/image", out) > 0);
	for (char *word = strtok_r(words, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		assert_true(n + 3 < MAX_WORDS);
		arguments[n++] = word;
	}
	arguments[n++] = image;
	arguments[n] = directory;
	said = test_run(arguments, NULL);
	if (!said)
		skip();
	return test_read_file(image, ret_size);
}
