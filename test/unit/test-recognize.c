/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/recognize.h"

#include <stdio.h>
#include <unistd.h>

#include "test/lib/run.h"
#include "test/lib/test.h"

#define SIZE   (8 << 20) /* libblkid looks for a second kind on more than 1.44 MB only */

/* Where two kinds can stand without touching each other: hsqs at 0, 0xef53 at 1080. */
#define EXT_AT 1024

static char *make(const char *directory, const char *name, const char *const *command)
{
	char *path = test_directory_write(directory, name, "", 0);
	const char *arguments[12] = {NULL};
	_cleanup_free_ char *output = NULL;
	size_t n = 0;
	int status;

	assert_int_equal(truncate(path, SIZE), 0);
	for (; command[n]; n++)
		arguments[n] = command[n];
	arguments[n] = path;
	output = test_run(arguments, &status);
	if (!output) {
		free(path);
		return NULL;
	}
	assert_int_equal(status, 0);
	return path;
}

static struct recognition ask_file(const char *path, enum recognize_scope scope,
				   bool partition)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct error error = ERROR_INIT;
	struct recognition seen;

	test_ok(source_open_file(path, &source, &error), &error);
	if (partition)
		test_ok(recognize_filesystem(source, scope, &seen, &error), &error);
	else
		test_ok(recognize_image(source, 512, scope, &seen, &error), &error);
	return seen;
}

static void test_kinds(void **state)
{
	static const struct {
		const char *command[8];
		const char *type;
		bool allowed;
	} rows[] = {
		{{"mkfs.ext4", "-q", "-b", "4096"}, "ext4", true},
		{{"mkfs.ext2", "-q"}, "ext2", false},
		{{"mkfs.vfat"}, "vfat", true},
		{{"mkswap", "-q"}, "swap", true},
	};
	_cleanup_(test_directory_freep) char *directory = test_directory_new();
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *path = make(directory, "image", rows[i].command);
		struct recognition seen;

		if (!path)
			continue;
		n++;
		for (int partition = 0; partition < 2; partition++) {
			seen = ask_file(path, RECOGNIZE_ALL, partition);
			assert_int_equal(seen.answer, RECOGNIZED_FOUND);
			assert_string_equal(seen.type, rows[i].type);
			seen = ask_file(path, RECOGNIZE_ALLOWED, partition);
			assert_int_equal(seen.answer == RECOGNIZED_FOUND,
					 rows[i].allowed);
		}
		assert_int_equal(unlink(path), 0);
	}
	if (n == 0)
		skip();
}

static void write_at(const char *path, off_t at, const void *data, size_t size)
{
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fseeko(file, at, SEEK_SET), 0);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* A FAT keeps its superblock in front of where ext4 has its own. */
static void test_ambiguous(void **state)
{
	static const char *const ext4[] = {"mkfs.ext4", "-q", "-b", "1024", NULL};
	static const char *const vfat[] = {"mkfs.vfat", NULL};
	_cleanup_(test_directory_freep) char *directory = test_directory_new();
	_cleanup_free_ char *one = make(directory, "one", ext4);
	_cleanup_free_ char *two = make(directory, "two", vfat);
	struct error error = ERROR_INIT;
	uint8_t superblock[1024];

	if (!one || !two)
		skip();
	_cleanup_(source_unrefp) struct source *source = NULL;

	test_ok(source_open_file(one, &source, &error), &error);
	test_ok(source_read(source, EXT_AT, superblock, sizeof(superblock), &error),
		&error);
	write_at(two, EXT_AT, superblock, sizeof(superblock));
	for (size_t scope = 0; scope < N_RECOGNIZE_SCOPES; scope++) {
		struct recognition seen =
			ask_file(two, (enum recognize_scope)scope, false);

		assert_int_equal(seen.answer, RECOGNIZED_AMBIGUOUS);
		assert_string_equal(seen.type, "");
		seen = ask_file(two, (enum recognize_scope)scope, true);
		assert_int_equal(seen.answer, RECOGNIZED_AMBIGUOUS);
	}
}

/* A slice is probed where it is, and nothing beside it is seen. */
static void test_slice(void **state)
{
	static const char *const vfat[] = {"mkfs.vfat", NULL};
	_cleanup_(test_directory_freep) char *directory = test_directory_new();
	_cleanup_free_ char *path = make(directory, "image", vfat);
	_cleanup_(source_unrefp) struct source *file = NULL, *slice = NULL;
	struct error error = ERROR_INIT;
	struct recognition seen;

	if (!path)
		skip();
	write_at(path, 3 * EXT_AT + 0x438, "\x53\xef", 2);
	test_ok(source_open_file(path, &file, &error), &error);
	test_ok(source_slice(file, 512, SIZE - 1024, &slice, &error), &error);
	test_ok(recognize_filesystem(slice, RECOGNIZE_ALL, &seen, &error), &error);
	assert_int_equal(seen.answer, RECOGNIZED_NOTHING);
}

static void test_nothing(void **state)
{
	static const uint8_t zeros[4096];
	_cleanup_(test_directory_freep) char *directory = test_directory_new();
	_cleanup_(source_unrefp) struct source *memory =
		test_source(zeros, sizeof(zeros));
	struct error error = ERROR_INIT;
	struct recognition seen;

	for (size_t size = 0; size <= sizeof(zeros); size += 512) {
		_cleanup_free_ char *path =
			test_directory_write(directory, "image", zeros, size);

		assert_int_equal(ask_file(path, RECOGNIZE_ALL, false).answer,
				 RECOGNIZED_NOTHING);
		assert_int_equal(ask_file(path, RECOGNIZE_ALLOWED, true).answer,
				 RECOGNIZED_NOTHING);
	}
	test_ok(recognize_image(memory, 512, RECOGNIZE_ALL, &seen, &error), &error);
	assert_int_equal(seen.answer, RECOGNIZED_NOT_ASKED);
	assert_string_equal(recognized_name(seen.answer), "not-asked");
	assert_true(recognize_version()[0] > '0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_slice),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
