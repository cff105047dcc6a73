/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/core/strbuf.h"
#include "sysext-build/stages.h"
#include "test/lib/test.h"

static const struct image_settings settings = {
	.compression = "zstd", .level = 3, .block_size = 131072};

struct workplace {
	char directory[32], image[64], program[64];
	char *path; /* $PATH before */
};

static int workplace_make(void **state)
{
	struct workplace *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	strcpy(place->directory, "/tmp/test-pack.XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	(void)snprintf(place->image, sizeof(place->image), "%s/image", place->directory);
	(void)snprintf(place->program, sizeof(place->program), "%s/mksquashfs",
		       place->directory);
	place->path = strdup(getenv("PATH"));
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	*state = place;
	return 0;
}

static int workplace_remove(void **state)
{
	struct workplace *place = *state;

	(void)setenv("PATH", place->path, 1);
	(void)unlink(place->image);
	(void)unlink(place->program);
	assert_int_equal(rmdir(place->directory), 0);
	free(place->path);
	free(place);
	return 0;
}

static void add(struct tree *tree, const struct entry *entry, const char *text)
{
	_cleanup_(source_unrefp) struct source *content = NULL;
	struct entry copy = *entry;
	struct error error = ERROR_INIT;

	if (text) {
		content = test_source(text, strlen(text));
		copy.content = content;
		copy.size = strlen(text);
	}
	test_ok(tree_add(tree, &copy, NULL, &error), &error);
}

static struct tree *small_tree(struct arena *arena)
{
	static const uint8_t capability[] = {1, 0, 0, 2, 0, 4, 0, 0, 0, 0,
					     0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	static struct entry_xattr xattr = {.name = "security.capability"};
	struct tree *tree = NULL;
	struct error error = ERROR_INIT;

	xattr.value = span_make(capability, sizeof(capability));
	test_ok(tree_new(arena, &tree, &error), &error);
	add(tree, &(struct entry){.path = "usr", .type = ENTRY_DIRECTORY, .mode = 0755},
	    NULL);
	add(tree, &(struct entry){.path = "usr/a", .mode = 04755, .inode = 7}, "same");
	add(tree, &(struct entry){.path = "usr/b", .mode = 04755, .inode = 7}, "same");
	add(tree, &(struct entry){.path = "usr/c", .mode = 04755, .inode = 7}, "like");
	add(tree,
	    &(struct entry){
		    .path = "usr/cap", .mode = 0700, .xattrs = &xattr, .n_xattrs = 1},
	    "x");
	add(tree, &(struct entry){.path = "usr/empty", .mode = 0644}, "");
	add(tree,
	    &(struct entry){.path = "usr/l\303\274\n\377",
			    .type = ENTRY_SYMLINK,
			    .mode = 0777,
			    .target = "../a b"},
	    NULL);
	add(tree,
	    &(struct entry){.path = "usr/null",
			    .type = ENTRY_CHARACTER_DEVICE,
			    .mode = 0666,
			    .device_major = 1,
			    .device_minor = 3},
	    NULL);
	return tree;
}

/* The output of "BEFORE PATH AFTER". */
static char *run(const char *before, const char *path, const char *after)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	char line[512];
	FILE *pipe;

	(void)snprintf(line, sizeof(line), "%s '%s' %s", before, path, after);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe))
		strbuf_add_string(&text, line);
	assert_int_equal(pclose(pipe), 0);
	return strbuf_take(&text);
}

static int pack_small(const struct workplace *place, uint64_t *ret_size,
		      struct error *error)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(tree_freep) struct tree *tree = small_tree(arena);
	_cleanup_(sink_freep) struct sink *sink = NULL;
	int r;

	test_ok(sink_open(place->image, &sink, error), error);
	r = pack(tree, &settings, 86400, sink, ret_size, error);
	if (r == 0)
		test_ok(sink_commit(sink, error), error);
	return r;
}

/*
 * Owner, mode, time, hard links, devices, attributes and odd names, as unsquashfs sees
 * them.
 */
static void test_everything_comes_out(void **state)
{
	const struct workplace *place = *state;
	struct error error = ERROR_INIT;
	_cleanup_free_ char *listing = NULL, *links = NULL;
	uint64_t size = 0;

	(void)setenv("SOURCE_DATE_EPOCH", "1", 1);
	test_ok(pack_small(place, &size, &error), &error);
	(void)unsetenv("SOURCE_DATE_EPOCH");
	assert_int_equal(size % 4096, 0);
	listing = run("TZ=UTC unsquashfs -d '' -lln", place->image,
		      "| sed '/^d/s/ [ 0-9]* 1970/ 1970/'");
	assert_string_equal(
		listing,
		"drwxr-xr-x 0/0 1970-01-02 00:00 \n"
		"drwxr-xr-x 0/0 1970-01-02 00:00 /usr\n"
		"-rwsr-xr-x 0/0                       4 1970-01-02 00:00 /usr/a\n"
		"-rwsr-xr-x 0/0                       4 1970-01-02 00:00 /usr/b\n"
		"-rwsr-xr-x 0/0                       4 1970-01-02 00:00 /usr/c\n"
		"-rwx------ 0/0                       1 1970-01-02 00:00 /usr/cap\n"
		"-rw-r--r-- 0/0                       0 1970-01-02 00:00 /usr/empty\n"
		"lrwxrwxrwx 0/0                       6 1970-01-02 00:00 "
		"/usr/l\303\274\n\377 -> ../a b\n"
		"crw-rw-rw- 0/0                   1,  3 1970-01-02 00:00 /usr/null\n");
	/* root, usr, a with b, c, cap, empty, the link, null */
	links = run("unsquashfs -s", place->image,
		    "| grep -c -e 'Number of inodes 8' -e 'Number of xattr ids 1'");
	assert_string_equal(links, "2\n");
}

static void test_same_bytes(void **state)
{
	const struct workplace *place = *state;
	struct error error = ERROR_INIT;
	_cleanup_free_ char *first = NULL, *second = NULL;
	uint64_t size;

	test_ok(pack_small(place, &size, &error), &error);
	first = run("sha256sum <", place->image, "");
	sleep(1);
	test_ok(pack_small(place, &size, &error), &error);
	second = run("sha256sum <", place->image, "");
	assert_string_equal(first, second);
}

/* Puts @script in front of the real program, or leaves nothing at all to be found. */
static void replace_program(const struct workplace *place, const char *script)
{
	FILE *file;

	(void)setenv("PATH", place->directory, 1);
	if (!script)
		return;
	file = fopen(place->program, "w");
	assert_non_null(file);
	(void)fprintf(file, "#!/bin/sh\n%s\n", script);
	(void)fchmod(fileno(file), 0755);
	assert_int_equal(fclose(file), 0);
}

static void test_failures_have_words(void **state)
{
	static const struct {
		const char *script;
		int code;
		const char *words;
	} cases[] = {
		{NULL, -ENOENT,
		 "cannot run 'mksquashfs': No such file or directory; it is part of "
		 "squashfs-tools"},
		{"kill -9 $$", -EIO, "mksquashfs was killed by signal 9 (Killed)"},
		{"kill -15 $$", -EIO, "mksquashfs was killed by signal 15 (Terminated)"},
		{"exit 3", -EIO,
		 "mksquashfs failed with exit status 3: it gave no reason"},
		{"echo one >&2; echo two >&2; printf 'th\\033ree\\n\\n' >&2; exit 1",
		 -EIO, "mksquashfs failed with exit status 1: two;th?ree"},
		{"echo Write failed because No space left on device >&2; exit 1", -ENOSPC,
		 "exit status 1: Write failed because No space left on device"},
		{"while read -r x; do :; done; exit 0", -EIO,
		 "mksquashfs succeeded and wrote nothing"},
	};
	const struct workplace *place = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error error = ERROR_INIT;
		uint64_t size;

		replace_program(place, cases[i].script);
		assert_int_equal(pack_small(place, &size, &error), cases[i].code);
		test_error(&error, cases[i].code, ERROR_NO_OFFSET, cases[i].words);
		(void)setenv("PATH", place->path, 1);
		assert_int_equal(access(place->image, F_OK), -1);
	}
}

static void test_no_space(void **state)
{
	const struct workplace *place = *state;
	const struct rlimit small = {.rlim_cur = 100, .rlim_max = RLIM_INFINITY};
	struct error error = ERROR_INIT;
	struct rlimit before;
	uint64_t size;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(pack_small(place, &size, &error), -EIO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	test_error(&error, -EIO, ERROR_NO_OFFSET, "mksquashfs failed with exit status 1");
}

static int fail_to_read(void *state, uint64_t offset, void *buffer, size_t size,
			struct error *error)
{
	return error_set(error, -EACCES, "cannot open: Permission denied");
}

static void test_unreadable_file_is_named(void **state)
{
	static const struct source_ops ops = {.read = fail_to_read};
	const struct workplace *place = *state;
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(tree_freep) struct tree *tree = small_tree(arena);
	_cleanup_(sink_freep) struct sink *sink = NULL;
	_cleanup_(source_unrefp) struct source *content = source_custom(&ops, NULL, 10);
	struct error error = ERROR_INIT;
	uint64_t size;

	test_ok(tree_add(tree,
			 &(struct entry){
				 .path = "usr/secret", .size = 10, .content = content},
			 NULL, &error),
		&error);
	test_ok(sink_open(place->image, &sink, &error), &error);
	assert_int_equal(pack(tree, &settings, 0, sink, &size, &error), -EACCES);
	test_error(&error, -EACCES, ERROR_NO_OFFSET,
		   "cannot read 'usr/secret': cannot open: Permission denied");
}

static void test_settings(void **state)
{
	static const struct {
		struct image_settings settings;
		const char *words; /* NULL: fine */
	} cases[] = {
		{{.compression = "zstd", .level = 22}, NULL},
		{{.compression = "xz"}, NULL},
		{{.compression = "lz4"}, NULL},
		{{.compression = "gzip", .level = 10},
		 "'Level=10' does not go with 'Compression=gzip', which takes 1 to 9"},
		{{.compression = "xz", .level = 1},
		 "'Level=1' does not go with 'Compression=xz', which takes no level"},
		{{.compression = "bzip2"},
		 "'Compression=' is 'bzip2', must be gzip, lz4, lzo, xz or zstd"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error error = ERROR_INIT;
		int r = pack_check_settings(&cases[i].settings, &error);

		assert_int_equal(r, cases[i].words ? -EINVAL : 0);
		if (cases[i].words)
			test_error(&error, -EINVAL, ERROR_NO_OFFSET, cases[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_everything_comes_out, workplace_make,
						workplace_remove),
		cmocka_unit_test_setup_teardown(test_same_bytes, workplace_make,
						workplace_remove),
		cmocka_unit_test_setup_teardown(test_failures_have_words, workplace_make,
						workplace_remove),
		cmocka_unit_test_setup_teardown(test_no_space, workplace_make,
						workplace_remove),
		cmocka_unit_test_setup_teardown(test_unreadable_file_is_named,
						workplace_make, workplace_remove),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
