/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/addon.h"

#include "test/lib/image.h"
#include "test/lib/test.h"

#define _cleanup_image_  _cleanup_(image_done)
#define _cleanup_uki_    _cleanup_(uki_done)
#define _cleanup_source_ _cleanup_(source_unrefp)

static void test_sections(void **state)
{
	const struct image_part parts[] = {
		{".sbat", "x", 0},         {".profile", "ID=x", 0},
		{".cmdline", "first", 0},  {".initrd", "cpio", 0},
		{".cmdline", "second", 0}, {".dtb", "tree", 0}};
	_cleanup_image_ struct image image = image_make(parts, 6, true);
	_cleanup_source_ struct source *source = test_source(image.data, image.size);
	_cleanup_uki_ struct uki addon = {0};
	_cleanup_free_ char *text = NULL;
	struct error error = ERROR_INIT;

	test_ok(addon_read(source, &addon, &error), &error);
	/* Here a .profile begins nothing, and the first of a name counts. */
	test_ok(uki_read_text(&addon, source, UKI_CMDLINE, &text, &error), &error);
	assert_string_equal(text, "first");
	assert_non_null(addon.sections[UKI_INITRD]);
	assert_non_null(addon.sections[UKI_DTB]);
	assert_null(addon.sections[UKI_DTBAUTO]);
	assert_null(addon.sections[UKI_UCODE]);
}

static void check_bad(const struct image *image, int code, const char *words)
{
	_cleanup_source_ struct source *source = test_source(image->data, image->size);
	struct error error = ERROR_INIT;
	struct uki addon;

	assert_int_equal(addon_read(source, &addon, &error), code);
	assert_int_equal(error.code, code);
	assert_non_null(strstr(error.message, words));
}

static void test_no_addon(void **state)
{
	const struct image_part kernel[] = {{".cmdline", "x", 0}, {".linux", "x", 0}};
	const struct image_part nothing[] = {{".sbat", "x", 0}, {".uname", "x", 0}};
	_cleanup_image_ struct image uki = image_make(kernel, 2, true);
	_cleanup_image_ struct image empty = image_make(nothing, 2, true);

	check_bad(&uki, -ENODATA, "has a section '.linux': it is a UKI");
	check_bad(&empty, -ENODATA, "has none of the sections '.cmdline', '.dtb'");
	/* A section of no bytes in memory is none. */
	image_set(&uki, image_row(&uki, 0) + SECTION_VIRTUAL_SIZE, 0);
	image_set(&uki, image_row(&uki, 1) + SECTION_VIRTUAL_SIZE, 0);
	check_bad(&uki, -ENODATA, "has none of the sections");
	empty.data[0] = 'Z';
	check_bad(&empty, -ENODATA, "is no PE image");
}

static void test_not_loaded(void **state)
{
	const struct image_part parts[] = {{".cmdline", "x", 0}};
	_cleanup_image_ struct image image = image_make(parts, 1, true);

	image_set(&image, image_row(&image, 0) + SECTION_RAW_AT, 0x10000);
	check_bad(&image, -EBADMSG, "the firmware does not load it");
}

static void test_cut_everywhere(void **state)
{
	const struct image_part parts[] = {{".cmdline", "x", 0}, {".uname", "6", 0}};
	_cleanup_image_ struct image image = image_make(parts, 2, true);

	for (size_t size = 0; size < image.size; size++) {
		_cleanup_source_ struct source *source = test_source(image.data, size);
		struct error error = ERROR_INIT;
		struct uki addon;
		int r = addon_read(source, &addon, &error);

		assert_int_equal(r, size < IMAGE_PE_AT + 4 ? -ENODATA : -EBADMSG);
		assert_int_equal(error.code, r);
	}
}

static void check_fits(const char *text, size_t size, const char *uname, bool expected)
{
	const struct image_part parts[] = {{".cmdline", "x", 0}, {".uname", text, size}};
	_cleanup_image_ struct image image = image_make(parts, text ? 2 : 1, true);
	_cleanup_source_ struct source *source = test_source(image.data, image.size);
	_cleanup_uki_ struct uki addon = {0};
	_cleanup_free_ char *found = NULL;
	struct error error = ERROR_INIT;
	bool fits = !expected;

	test_ok(addon_read(source, &addon, &error), &error);
	test_ok(addon_fits(&addon, source, uname, &fits, &found, &error), &error);
	assert_int_equal(fits, expected);
	if (text)
		assert_string_equal(found, text);
	else
		assert_null(found);
}

/* strneq8() of the UKI's text, as many bytes as the addon's section has in memory. */
static void test_uname(void **state)
{
	check_fits(NULL, 0, "6.1", true);
	check_fits("6.1", 3, NULL, true);
	check_fits("6.1", 3, "6.1", true);
	check_fits("6.1", 3, "6.12", true);
	check_fits("6.1", 4, "6.12", false);
	check_fits("6.1", 4, "6.1", true);
	check_fits("6.12", 4, "6.1", false);
	check_fits("6.1\n", 4, "6.1", false);
	check_fits("6.2", 3, "6.1", false);
}

static void test_long_uname(void **state)
{
	const struct image_part parts[] = {{".cmdline", "x", 0}, {".uname", "6.1", 0}};
	_cleanup_image_ struct image image = image_make(parts, 2, true);
	_cleanup_source_ struct source *source = NULL;
	_cleanup_uki_ struct uki addon = {0};
	_cleanup_free_ char *found = NULL;
	bool fits = true;

	/* Zeros behind its bytes in memory: the UKI's text has to end, too. */
	image_set(&image, image_row(&image, 1) + SECTION_VIRTUAL_SIZE, 0x400);
	source = test_source(image.data, image.size);
	test_ok(addon_read(source, &addon, NULL), NULL);
	test_ok(addon_fits(&addon, source, "6.12", &fits, &found, NULL), NULL);
	assert_false(fits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),   cmocka_unit_test(test_no_addon),
		cmocka_unit_test(test_not_loaded), cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_uname),      cmocka_unit_test(test_long_uname),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
