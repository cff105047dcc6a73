/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "formats/core/limits.h"
#include "sysext-verify/model/extension.h"
#include "test/lib/run.h"
#include "test/lib/test.h"

#define HALF   "00112233445566778899aabbccddeeff"
#define DIGITS HALF HALF
#define ZEROS  "00000000000000000000000000000000"

struct world {
	char *directory;
	struct arena *arena;
	struct extension *extension;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->directory = test_directory_new();
	world->arena = arena_new();
	*state = world;
	free(test_directory_write(world->directory, "x.raw", "no image", 8));
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	extension_free(world->extension);
	arena_free(world->arena);
	test_directory_free(world->directory);
	free(world);
	return 0;
}

static void put(struct world *world, const char *name, const char *text)
{
	free(test_directory_write(world->directory, name, text, strlen(text)));
}

static const struct extension_sidecars *read_at(struct world *world,
						enum location location)
{
	const struct extension_place place = {.location = location};
	char *path = arena_printf(world->arena, "%s/x.raw", world->directory);
	struct error error = ERROR_INIT;

	extension_free(world->extension);
	world->extension = NULL;
	test_ok(extension_read(world->arena, path, &place, &world->extension, &error),
		&error);
	return &world->extension->sidecars;
}

static void test_none(void **state)
{
	const struct extension_sidecars *sidecars = read_at(*state, LOCATION_INITRD);

	assert_null(sidecars->hash);
	assert_null(sidecars->signature);
	assert_null(sidecars->tree);
	assert_null(sidecars->broken);
	assert_int_equal(sidecars->root_hash_size, 0);
	assert_true(sidecars->reach);
	assert_false(sidecars->used);
	assert_false(read_at(*state, LOCATION_ESP)->reach);
	assert_false(read_at(*state, LOCATION_ESP_GLOBAL)->reach);
}

/* The hash of / goes before that of /usr, and the signature is asked for by its name. */
static void test_files(void **state)
{
	struct world *world = *state;
	const struct extension_sidecars *sidecars;

	put(world, "x.usrhash", DIGITS);
	put(world, "x.usrhash.p7s", "u");
	put(world, "x.roothash.p7s", "root");
	put(world, "x.verity", "");
	sidecars = read_at(world, LOCATION_INITRD);
	assert_true(sidecars->usr);
	assert_string_equal(sidecars->hash, "x.usrhash");
	assert_string_equal(sidecars->signature, "x.usrhash.p7s");
	assert_string_equal(sidecars->tree, "x.verity");
	assert_int_equal(sidecars->pkcs7_size, 1);
	put(world, "x.roothash", DIGITS "\nmore\n");
	sidecars = read_at(world, LOCATION_INITRD);
	assert_false(sidecars->usr);
	assert_string_equal(sidecars->hash, "x.roothash");
	assert_string_equal(sidecars->signature, "x.roothash.p7s");
	assert_int_equal(sidecars->pkcs7_size, 4);
	assert_int_equal(sidecars->root_hash_size, 32);
	assert_int_equal(sidecars->root_hash[31], 0xff);
	assert_null(sidecars->broken);
	/* No file system: there is nothing to verify. */
	assert_false(sidecars->used);
}

/* What systemd-dissect of 257 and 262 takes and refuses. */
static void test_root_hash(void **state)
{
	static const struct {
		const char *text, *words; /* NULL: it is taken */
		size_t size;
	} rows[] = {
		{HALF, NULL, 16},
		{"  00112233 44556677\t8899aabbccddeeff \n", NULL, 16},
		{"00112233445566778899AABBCCDDEEFF", NULL, 16},
		{DIGITS DIGITS, NULL, 64},
		{"", "has 0 hexadecimal digits", 0},
		{"\n" HALF, "has 0 hexadecimal digits", 0},
		{"00112233445566778899aabbccddee", "has 30 hexadecimal digits", 0},
		{HALF "0", "has 33 hexadecimal digits", 0},
		{"0x" HALF, "byte 1 is 0x78", 0},
		{HALF "\x01", "byte 32 is 0x01", 0},
		{DIGITS DIGITS "00", "more than 128", 0},
		{ZEROS HALF, "first or last 16 bytes", 0},
		{HALF ZEROS, "first or last 16 bytes", 0},
	};
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct extension_sidecars *sidecars;

		put(world, "x.roothash", rows[i].text);
		sidecars = read_at(world, LOCATION_INITRD);
		assert_int_equal(sidecars->root_hash_size, rows[i].size);
		assert_int_equal(sidecars->broken != NULL, rows[i].words != NULL);
		if (rows[i].words)
			assert_non_null(strstr(sidecars->error.message, rows[i].words));
	}
}

static void test_broken(void **state)
{
	struct world *world = *state;
	char *large = calloc(1, LIMIT_ROOT_HASH_FILE + 1);
	const struct extension_sidecars *sidecars;

	/* Nobody looks at a signature without a root hash. */
	put(world, "x.roothash.p7s", "");
	assert_null(read_at(world, LOCATION_INITRD)->broken);
	put(world, "x.roothash", DIGITS);
	sidecars = read_at(world, LOCATION_INITRD);
	assert_string_equal(sidecars->broken, "x.roothash.p7s");
	assert_non_null(strstr(sidecars->error.message, "is empty"));
	memset(large, ' ', LIMIT_ROOT_HASH_FILE + 1);
	free(test_directory_write(world->directory, "x.roothash", large,
				  LIMIT_ROOT_HASH_FILE + 1));
	free(large);
	sidecars = read_at(world, LOCATION_INITRD);
	assert_string_equal(sidecars->broken, "x.roothash");
	assert_int_equal(sidecars->error.code, -E2BIG);
}

/* A directory is no root hash, and no hash tree if there is a root hash for it. */
static void test_directories(void **state)
{
	struct world *world = *state;
	char *path = arena_printf(world->arena, "%s/x.verity", world->directory);

	assert_int_equal(mkdir(path, 0755), 0);
	assert_null(read_at(world, LOCATION_INITRD)->broken);
	put(world, "x.roothash", DIGITS);
	assert_string_equal(read_at(world, LOCATION_INITRD)->broken, "x.verity");
	path = arena_printf(world->arena, "%s/x.roothash", world->directory);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_string_equal(read_at(world, LOCATION_INITRD)->broken, "x.roothash");
}

static void test_attribute(void **state)
{
	struct world *world = *state;
	char *path = arena_printf(world->arena, "%s/x.raw", world->directory);
	const struct extension_sidecars *sidecars;

	put(world, "x.roothash", "none");
	if (setxattr(path, "user.verity.roothash", HALF, 32, 0) < 0)
		skip();
	sidecars = read_at(world, LOCATION_INITRD);
	assert_string_equal(sidecars->hash, "user.verity.roothash");
	assert_int_equal(sidecars->root_hash_size, 16);
	assert_null(sidecars->broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_root_hash, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_broken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_directories, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_attribute, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
