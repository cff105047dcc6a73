/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "formats/directory.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/scratch.h"

#define MAX_FILES 32

/* The directory that a path is in, if no link leads there: nothing is made outside. */
static int open_parent(int root_fd, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	char parent[LIMIT_PATH_SIZE];
	size_t size = path_parent_size(path);

	(void)snprintf(parent, sizeof(parent), "%.*s", size ? (int)size : 1,
		       size ? path : ".");
	return (int)syscall(SYS_openat2, root_fd, parent, &how, sizeof(how));
}

/* What cannot be made is left out: the names are the fuzzer's. */
static void make_file(int root_fd, char kind, const char *path, const char *target)
{
	_cleanup_close_ int parent = open_parent(root_fd, path), fd = -1;
	const char *name = path_name(path);

	if (parent < 0)
		return;
	if (kind == 'd')
		(void)mkdirat(parent, name, 0700);
	else if (kind == 'l')
		(void)symlinkat(target, parent, name);
	else if (kind == 'p')
		(void)mkfifoat(parent, name, 0600);
	else
		fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd >= 0 && write(fd, target, strlen(target)) < 0)
		abort();
}

static bool is_clean(const char *path)
{
	char clean[LIMIT_PATH_SIZE + 1];

	return strlen(path) < LIMIT_PATH_SIZE && *path &&
	       path_clean(path, strlen(path), clean, NULL) == 0 &&
	       strcmp(path, clean) == 0;
}

/* Lines of a kind, a path and what a link or a file has: "d a", "f a/b text", "l c a". */
static void make_tree(char *text)
{
	_cleanup_close_ int root_fd =
		open(fuzz_scratch(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n = 0;

	if (root_fd < 0)
		abort();
	for (char *line = strtok(text, "\n"); line && n < MAX_FILES;
	     line = strtok(NULL, "\n")) {
		char *blank;

		if (!line[0] || line[1] != ' ')
			continue;
		blank = strchr(line + 2, ' ');
		if (blank)
			*blank++ = 0;
		if (!is_clean(line + 2))
			continue;
		make_file(root_fd, line[0], line + 2, blank ? blank : ".");
		n++;
	}
}

static int touch_entry(void *context, const struct entry *entry, struct error *error)
{
	const struct directory *directory = context;
	struct entry_visitor all = fuzz_visitor();
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char **names = NULL;
	struct error why = ERROR_INIT;

	/* Loops, links to nowhere and files are the operating system's word. */
	if (directory_resolve(directory, entry->path, &path, &why) == 0)
		fuzz_touch_string(path);
	if (path && *path && !is_clean(path))
		abort();
	if (directory_list(directory, entry->path, &names, NULL) == 0)
		for (char **name = names; *name; name++)
			fuzz_touch_string(*name);
	return all.add(all.context, entry, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(directory_freep) struct directory *directory = NULL;
	_cleanup_free_ char *text = malloc(size + 1);
	struct entry_visitor visitor = {.add = touch_entry};
	struct error error = ERROR_INIT;
	int r;

	if (!text)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = 0;
	make_tree(text);
	if (directory_open(fuzz_scratch(), &directory, &error) < 0)
		abort();
	visitor.context = directory;
	r = directory_read(fuzz_scratch(), &visitor, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	fuzz_scratch_clear();
	return 0;
}
