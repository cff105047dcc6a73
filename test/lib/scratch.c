/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "test/lib/test.h"

void scratch_file(const struct scratch *scratch, const char *path, const char *content,
		  mode_t mode)
{
	_cleanup_close_ int fd =
		openat(scratch->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	assert_int_equal(fchmod(fd, mode), 0);
}

void scratch_directory(const struct scratch *scratch, const char *path)
{
	assert_int_equal(mkdirat(scratch->fd, path, 0755), 0);
	assert_int_equal(fchmodat(scratch->fd, path, 0755, 0), 0);
}

void scratch_link(const struct scratch *scratch, const char *path, const char *target)
{
	assert_int_equal(symlinkat(target, scratch->fd, path), 0);
}

int scratch_set_up(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	assert_non_null(scratch);
	*state = scratch;
	strcpy(scratch->path, "/tmp/test-XXXXXX");
	assert_non_null(mkdtemp(scratch->path));
	assert_int_equal(chmod(scratch->path, 0755), 0);
	(void)snprintf(scratch->root, sizeof(scratch->root), "%s/root", scratch->path);
	assert_int_equal(mkdir(scratch->root, 0755), 0);
	assert_int_equal(chmod(scratch->root, 0755), 0);
	scratch->fd = open(scratch->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(scratch->fd >= 0);
	scratch_file(scratch, "../secret", "outside", 0644);
	return 0;
}

/*
 * By descriptors and not by paths: trees of tests may be deeper than a path can be long.
 */
static int remove_below(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	int r = 0;

	if (!stream)
		return -1;
	for (struct dirent *item = readdir(stream); item && r == 0;
	     item = readdir(stream)) {
		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
			continue;
		if (item->d_type == DT_DIR)
			r = remove_below(fd, item->d_name);
		else
			r = unlinkat(fd, item->d_name, 0);
	}
	(void)closedir(stream);
	return r == 0 ? unlinkat(parent, name, AT_REMOVEDIR) : r;
}

int scratch_tear_down(void **state)
{
	struct scratch *scratch = *state;
	int r;

	(void)close(scratch->fd);
	r = remove_below(AT_FDCWD, scratch->path);
	free(scratch);
	return r;
}
