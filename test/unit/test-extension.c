/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/extension.h"

#include <string.h>

#include "test/lib/run.h"
#include "test/lib/test.h"

/* rules of shared/discover-image.c and basic/os-util.c, systemd 257 and 262 */
static void test_image_names(void **state)
{
	static const struct {
		const char *file_name;
		enum extension_kind kind;
		enum extension_class class;
		const char *name;
	} cases[] = {
		{"foo.raw", EXTENSION_RAW, EXTENSION_SYSEXT, "foo"},
		{"foo.sysext.raw", EXTENSION_RAW, EXTENSION_SYSEXT, "foo"},
		{"foo.sysext.sysext.raw", EXTENSION_RAW, EXTENSION_SYSEXT, "foo.sysext"},
		{"foo.confext.raw", EXTENSION_RAW, EXTENSION_SYSEXT, "foo.confext"},
		{"foo.confext.raw", EXTENSION_RAW, EXTENSION_CONFEXT, "foo"},
		{"foo.RAW", EXTENSION_RAW, EXTENSION_SYSEXT, NULL},
		{"foo.img", EXTENSION_RAW, EXTENSION_SYSEXT, NULL},
		{"foo", EXTENSION_DIRECTORY, EXTENSION_SYSEXT, "foo"},
		{"foo.sysext", EXTENSION_DIRECTORY, EXTENSION_SYSEXT, "foo"},
		{"foo.raw", EXTENSION_DIRECTORY, EXTENSION_SYSEXT, "foo.raw"},
		{".raw", EXTENSION_RAW, EXTENSION_SYSEXT, NULL},
		{".hidden.raw", EXTENSION_RAW, EXTENSION_SYSEXT, ".hidden"},
		{".#foo.raw", EXTENSION_RAW, EXTENSION_SYSEXT, NULL},
		{"a\tb.raw", EXTENSION_RAW, EXTENSION_SYSEXT, NULL},
		{"a\xff.raw", EXTENSION_RAW, EXTENSION_SYSEXT, NULL},
		{"a b+c.raw", EXTENSION_RAW, EXTENSION_SYSEXT, "a b+c"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *name = extension_image_name(
			cases[i].file_name, cases[i].kind, cases[i].class, 0);

		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
		else
			assert_null(name);
	}
}

/* Until 254 the suffix of a class is a part of the name, in either function. */
static void test_names_by_version(void **state)
{
	static const struct {
		unsigned version;
		const char *name, *release_name;
	} rows[] = {
		{252, "foo.sysext", "foo.sysext"},
		{254, "foo.sysext", "foo.sysext"},
		{255, "foo", "foo"},
		{262, "foo", "foo"},
		{0, "foo", "foo"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *name =
			extension_image_name("foo.sysext.raw", EXTENSION_RAW,
					     EXTENSION_SYSEXT, rows[i].version);
		_cleanup_free_ char *release_name =
			extension_release_name("foo.sysext.raw", name, rows[i].version);

		assert_string_equal(name, rows[i].name);
		assert_string_equal(release_name, rows[i].release_name);
	}
}

/* By version: the last that looks below /usr, the first that looks into /.extra. */
static void test_searched(void **state)
{
	static const struct {
		enum location location;
		unsigned version;
		bool searched;
	} rows[] = {
		{LOCATION_INITRD, 252, true},
		{LOCATION_INITRD, 262, true},
		{LOCATION_LIB, 252, true},
		{LOCATION_LIB, 254, false},
		{LOCATION_LIB, 0, false},
		{LOCATION_EXTRA, 252, false},
		{LOCATION_ESP, 252, false},
		{LOCATION_ESP, 254, true},
		{LOCATION_EXTRA_GLOBAL, 257, false},
		{LOCATION_ESP_GLOBAL, 258, true},
		{LOCATION_ESP_GLOBAL, 0, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(location_is_searched(rows[i].location, rows[i].version),
				 rows[i].searched);
}

static void test_locations(void **state)
{
	enum location location;

	for (size_t i = 0; i < N_LOCATIONS; i++) {
		assert_true(location_parse(location_name((enum location)i), &location));
		assert_int_equal(location, i);
		assert_int_equal(*location_directory(location), '/');
	}
	assert_false(location_parse("ESP", &location));
	assert_true(location_parse("/var/lib/extensions", &location));
	assert_int_equal(location, LOCATION_INITRD);
	assert_true(location_parse("/.extra/sysext", &location));
	assert_int_equal(location, LOCATION_EXTRA);
	assert_false(location_is_of_stub(location));
	assert_false(location_parse("/srv/extensions", &location));
	assert_true(location_is_strict(LOCATION_ESP));
	assert_false(location_is_strict(LOCATION_INITRD));
}

/* basic/os-util.c: 257 takes off all suffixes, 262 none but its own ".raw". */
static void test_release_names(void **state)
{
	static const struct {
		const char *file_name, *name, *old, *new;
	} rows[] = {
		{"foo.raw", "foo", "foo", "foo"},
		{"foo.sysext.raw", "foo", "foo", "foo"},
		{"foo.img.raw", "foo.img", "foo", "foo.img"},
		{"foo.raw.raw", "foo.raw", "foo", "foo.raw"},
		{"foo.bin.qcow2.raw", "foo.bin.qcow2", "foo", "foo.bin.qcow2"},
		{"foo.d.raw", "foo.d", "foo.d", "foo.d"},
		{".raw.raw", ".raw", ".raw", ".raw"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *old =
			extension_release_name(rows[i].file_name, rows[i].name, 257);
		_cleanup_free_ char *new =
			extension_release_name(rows[i].file_name, rows[i].name, 262);

		assert_string_equal(old, rows[i].old);
		assert_string_equal(new, rows[i].new);
		assert_int_equal(
			extension_release_name_differs(rows[i].file_name, rows[i].name),
			strcmp(old, new) != 0);
	}
	assert_true(extension_release_name_is_known(257));
	assert_true(extension_release_name_is_known(262));
	assert_false(extension_release_name_is_known(260));
	assert_false(extension_release_name_is_known(0));
}

/* dissect_image(): usage before table, and no other table than these two. */
static void test_kinds(void **state)
{
	static const struct {
		struct recognition seen;
		enum ddi_kind kind;
	} rows[] = {
		{{RECOGNIZED_FOUND, "squashfs", "filesystem", ""}, DDI_BARE},
		{{RECOGNIZED_FOUND, "crypto_LUKS", "crypto", ""}, DDI_BARE},
		{{RECOGNIZED_FOUND, "iso9660", "filesystem", "gpt"}, DDI_BARE},
		{{RECOGNIZED_FOUND, "", "", "gpt"}, DDI_GPT},
		{{RECOGNIZED_FOUND, "", "", "dos"}, DDI_MBR},
		{{RECOGNIZED_FOUND, "", "", "sun"}, DDI_UNKNOWN},
		{{RECOGNIZED_FOUND, "swap", "other", ""}, DDI_UNKNOWN},
		{{RECOGNIZED_FOUND, "linux_raid_member", "raid", ""}, DDI_UNKNOWN},
		{{RECOGNIZED_NOTHING, "", "", ""}, DDI_UNKNOWN},
		{{RECOGNIZED_AMBIGUOUS, "", "", ""}, DDI_UNKNOWN},
		{{RECOGNIZED_NOT_ASKED, "", "", ""}, DDI_UNKNOWN},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(recognition_kind(&rows[i].seen), rows[i].kind);
}

/* 257 asks for everything, 262 for less; between them it counts only where they agree. */
static void test_seen_by_version(void **state)
{
	struct extension extension = {
		.seen = {.image = {{RECOGNIZED_FOUND, "iso9660", "filesystem", "gpt"},
				   {RECOGNIZED_FOUND, "", "", "gpt"}},
			 .data = {{RECOGNIZED_FOUND, "squashfs", "filesystem", ""},
				  {RECOGNIZED_FOUND, "squashfs", "filesystem", ""}},
			 .has_data = true}};
	const struct extension_seen *seen = &extension.seen;

	assert_ptr_equal(extension_seen_image(&extension, 257), &seen->image[0]);
	assert_ptr_equal(extension_seen_image(&extension, 262), &seen->image[1]);
	assert_null(extension_seen_image(&extension, 260));
	assert_null(extension_seen_image(&extension, 0));
	assert_ptr_equal(extension_seen_data(&extension, 257), &seen->image[0]);
	assert_ptr_equal(extension_seen_data(&extension, 262), &seen->data[0]);
	assert_null(extension_seen_data(&extension, 258));
	extension.seen.image[0] = extension.seen.image[1];
	assert_ptr_equal(extension_seen_image(&extension, 0), &seen->image[0]);
	assert_ptr_equal(extension_seen_data(&extension, 0), &seen->data[0]);
}

/* Its name is that of the node, whatever it ends in. */
static void test_block_device(void **state)
{
	static const struct extension_place place = {.location = LOCATION_INITRD};
	_cleanup_(test_directory_freep) char *directory = test_directory_new();
	uint8_t zeros[4096] = {0};
	_cleanup_free_ char *image =
		test_directory_write(directory, "image", zeros, sizeof(zeros));
	const char *const attach[] = {"losetup", "--find", "--show", image, NULL};
	int status;
	_cleanup_free_ char *node = test_run(attach, &status);
	const char *const detach[] = {"losetup", "--detach", node, NULL};
	_cleanup_(extension_freep) struct extension *extension = NULL;
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	int r;

	if (!node || status != 0)
		skip();
	node[strcspn(node, "\n")] = 0;
	r = extension_read(arena, node, &place, &extension, &error);
	free(test_run(detach, &status));
	test_ok(r, &error);
	assert_true(extension->is_block);
	assert_string_equal(extension->name, node + strlen("/dev/"));
	assert_string_equal(extension->release_name, extension->name);
	assert_int_equal(extension->size, sizeof(zeros));
	assert_false(extension->sidecars.reach);
	for (size_t i = 0; i < N_RECOGNIZE_SCOPES; i++)
		assert_int_equal(extension->seen.image[i].answer, RECOGNIZED_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image_names),
		cmocka_unit_test(test_block_device),
		cmocka_unit_test(test_names_by_version),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_seen_by_version),
		cmocka_unit_test(test_locations),
		cmocka_unit_test(test_searched),
		cmocka_unit_test(test_release_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
