/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/run.h"

#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "formats/core/strbuf.h"
#include "test/lib/test.h"

char *test_directory_new(void)
{
	const char *parent = getenv("TMPDIR");
	char *path = NULL;

	assert_true(asprintf(&path, "%s/test-XXXXXX", parent ? parent : "/tmp") > 0);
	assert_non_null(mkdtemp(path));
	return path;
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *walk)
{
	return remove(path);
}

void test_directory_free(char *directory)
{
	if (directory)
		assert_int_equal(nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS),
				 0);
	free(directory);
}

char *test_directory_write(const char *directory, const char *path, const void *data,
			   size_t size)
{
	char *full = NULL;
	FILE *file;

	assert_true(asprintf(&full, "%s/%s", directory, path) > 0);
	for (char *slash = full + strlen(directory) + 1; (slash = strchr(slash, '/'));
	     slash++) {
		*slash = 0;
		(void)mkdir(full, 0755);
		*slash = '/';
	}
	file = fopen(full, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return full;
}

static char *read_to_end(int fd)
{
	struct strbuf text = {0};
	char buffer[4096];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		strbuf_add(&text, buffer, (size_t)n);
	assert_int_equal(n, 0);
	if (text.size == 0)
		strbuf_add(&text, "", 0);
	return text.data ? strbuf_take(&text) : strdup("");
}

char *test_run(const char *const *arguments, int *ret_status)
{
	extern char **environ;
	_cleanup_free_ char *text = NULL;
	posix_spawn_file_actions_t actions;
	int ends[2], status, r;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	if (ret_status)
		posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	r = posix_spawnp(&child, arguments[0], &actions, NULL, (char **)arguments,
			 environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (r == 0)
		text = read_to_end(ends[0]);
	close(ends[0]);
	if (r == ENOENT) {
		print_message("%s is not installed\n", arguments[0]);
		return NULL;
	}
	assert_int_equal(r, 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (ret_status)
		*ret_status = WEXITSTATUS(status);
	else if (WEXITSTATUS(status) != 0)
		fail_msg("%s ended with %d: %s", arguments[0], WEXITSTATUS(status), text);
	return TAKE_PTR(text);
}
