/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/squash.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>

#define LINE "0123456789012345678901234567890123456789"
#define TEXT LINE LINE LINE LINE

const struct squash_member squash_tree[] = {
	{'5', "usr", .mode = 0755, .mtime = 5},
	{'0', "usr/hello", .mode = 04755, .uid = 1000, .gid = 1001, .content = "hello\n",
	 .size = 6, .xattr = "user.one", .value = "first value"},
	{'1', "usr/again", .mode = 04755, .uid = 1000, .gid = 1001,
	 .target = "usr/hello"},
	{'2', "usr/link", .mode = 0777, .target = "../no/where"},
	{'3', "usr/null", .mode = 0600, .major = 1, .minor = 3},
	{'4', "usr/disk", .mode = 0660, .gid = 6, .major = 259, .minor = 70000},
	{'6', "usr/pipe", .mode = 0644, .uid = 70000},
	{'0', "usr/empty", .mode = 0400},
	{'0', "usr/text", .mode = 0644, .content = TEXT TEXT,
	 .size = sizeof(TEXT TEXT) - 1},
	{'5', "usr/dir", .mode = 01777, .xattr = "user.dir", .value = "d"},
	{'0', "usr/dir/x", .mode = 0644, .content = "x", .size = 1, .xattr = "user.one",
	 .value = "first value"},
	{'0', "usr/dir/\xc3\xa9", .mode = 0644, .content = "e", .size = 1},
	{'5', "usr/dir/none", .mode = 0700},
};
const size_t squash_tree_size = ARRAY_SIZE(squash_tree);

const char squash_tree_listing[] =
	"d 755 0:0 \n"
	"d 755 0:0 usr\n"
	"f 4755 1000:1001 usr/again user.one=first value 6 hello\\x0a\n"
	"d 1777 0:0 usr/dir user.dir=d\n"
	"d 700 0:0 usr/dir/none\n"
	"f 644 0:0 usr/dir/x user.one=first value 1 x\n"
	"f 644 0:0 usr/dir/\xc3\xa9 1 e\n"
	"b 660 0:6 usr/disk 259:70000\n"
	"f 400 0:0 usr/empty 0 \n"
	"f 4755 1000:1001 usr/hello user.one=first value 6 hello\\x0a\n"
	"l 777 0:0 usr/link -> ../no/where\n"
	"c 600 0:0 usr/null 1:3\n"
	"p 644 70000:0 usr/pipe\n"
	"f 644 0:0 usr/text 320 " TEXT TEXT "\n";

/* @size counts the NUL behind the digits. */
static void put_octal(char *to, size_t size, unsigned long value)
{
	to[size - 1] = 0;
	for (size_t i = size - 1; i > 0; i--) {
		to[i - 1] = (char)('0' + value % 8);
		value /= 8;
	}
}

/*
 * POSIX.1-1988 ustar header: name 100, mode 8, uid 8, gid 8, size 12, mtime 12, sum 8,
 * type.
 */
static void put_header(FILE *tar, const struct squash_member *member, char type,
		       size_t size)
{
	char header[512] = {0};
	unsigned sum = 0;

	(void)snprintf(header, 100, "%s", member->path);
	put_octal(header + 100, 8, member->mode);
	put_octal(header + 108, 8, member->uid);
	put_octal(header + 116, 8, member->gid);
	put_octal(header + 124, 12, size);
	put_octal(header + 136, 12, member->mtime);
	memset(header + 148, ' ', 8);
	header[156] = type;
	if (member->target)
		(void)snprintf(header + 157, 100, "%s", member->target);
	memcpy(header + 257, "ustar\00000", 8);
	put_octal(header + 329, 8, member->major);
	put_octal(header + 337, 8, member->minor);
	for (size_t i = 0; i < sizeof(header); i++)
		sum += (uint8_t)header[i];
	put_octal(header + 148, 7, sum);
	assert_int_equal(fwrite(header, 1, sizeof(header), tar), sizeof(header));
}

static void put_content(FILE *tar, const void *content, size_t size)
{
	static const char zeros[512];
	size_t padding = (512 - size % 512) % 512;

	for (size_t at = 0; !content && at < size; at += 512)
		(void)fwrite(zeros, 1, MIN(size - at, sizeof(zeros)), tar);
	if (content)
		(void)fwrite(content, 1, size, tar);
	(void)fwrite(zeros, 1, padding, tar);
	assert_false(ferror(tar));
}

/* A pax record counts itself: "LENGTH SCHILY.xattr.NAME=VALUE\n". */
static void put_xattr(FILE *tar, const struct squash_member *member)
{
	char record[300];
	int size = 0;

	for (int i = 0; i < 3; i++)
		size = snprintf(record, sizeof(record), "%d SCHILY.xattr.%s=%s\n", size,
				member->xattr, member->value);
	put_header(tar, member, 'x', (size_t)size);
	put_content(tar, record, (size_t)size);
}

static void write_tar(const char *path, const struct squash_member *members, size_t n)
{
	static const char end[1024];
	FILE *tar = fopen(path, "we");

	assert_non_null(tar);
	for (size_t i = 0; i < n; i++) {
		if (members[i].xattr)
			put_xattr(tar, &members[i]);
		put_header(tar, &members[i], members[i].type, members[i].size);
		put_content(tar, members[i].content, members[i].size);
	}
	put_content(tar, end, sizeof(end));
	assert_int_equal(fclose(tar), 0);
}

#define MAX_WORDS 40

static void run_mksquashfs(const char *tar, const char *image, const char *options)
{
	_cleanup_free_ char *words = strdup(options);
	const char *arguments[MAX_WORDS] = {
		"mksquashfs",   "-",          image,  "-tar",       "-noappend", "-quiet",
		"-no-progress", "-root-mode", "0755", "-mkfs-time", "77"};
	size_t n = 11;
	char *rest = NULL;
	int status;
	pid_t child;

	for (char *word = strtok_r(words, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		assert_true(n + 1 < MAX_WORDS);
		arguments[n++] = word;
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int in = open(tar, O_RDONLY | O_CLOEXEC);
		int out = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (dup2(in, 0) == 0 && dup2(out, 1) == 1)
			(void)execvp("mksquashfs", (char *const *)arguments);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

uint8_t *squash_make(const struct squash_member *members, size_t n_members,
		     const char *options, size_t *ret_size)
{
	char directory[] = "/tmp/test-squashfs-XXXXXX", tar[64], image[64];
	uint8_t *data;

	assert_non_null(mkdtemp(directory));
	(void)snprintf(tar, sizeof(tar), "%s/tar", directory);
	(void)snprintf(image, sizeof(image), "%s/image", directory);
	write_tar(tar, members, n_members);
	run_mksquashfs(tar, image, options);
	data = test_read_file(image, ret_size);
	(void)unlink(tar);
	(void)unlink(image);
	(void)rmdir(directory);
	return data;
}

int squash_read(const void *data, size_t size, const struct entry_visitor *visitor,
		struct squashfs_info *ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);

	return squashfs_read(source, visitor, ret, error);
}

static int find_file(void *context, const struct entry *entry, struct error *error)
{
	struct squash_file *file = context;

	if (strcmp(entry->path, file->path) == 0 && entry->content)
		file->content = source_ref(entry->content);
	return 0;
}

int squash_open(const void *data, size_t size, struct squash_file *file)
{
	struct entry_visitor visitor = {.add = find_file, .context = file};
	struct squashfs_info info;

	file->error = (struct error)ERROR_INIT;
	return squash_read(data, size, &visitor, &info, &file->error);
}

void squash_close(struct squash_file *file)
{
	source_unref(file->content);
	file->content = NULL;
}
