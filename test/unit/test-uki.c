/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/uki.h"

#include "formats/core/limits.h"
#include "test/lib/image.h"
#include "test/lib/test.h"

#define _cleanup_image_  _cleanup_(image_done)
#define _cleanup_uki_    _cleanup_(uki_done)
#define _cleanup_source_ _cleanup_(source_unrefp)

static const struct image_part plain[] = {
	{".linux", "kernel", 0}, {".uname", "6.1", 0},     {".initrd", "INITRD", 0},
	{".ucode", "UCODE", 0},  {".cmdline", "quiet", 0},
};

/* Base, profile 0, profile 1. */
static const struct image_part profiles[] = {
	{".linux", "kernel", 0},   {".cmdline", "base", 0}, {".initrd", "base", 0},
	{".cmdline", "second", 0}, {".profile", "ID=0", 0}, {".cmdline", "zero", 0},
	{".profile", "ID=1", 0},   {".initrd", "one", 0},   {".cmdline", "x", 0},
	{".initrd", "again", 0},
};

static struct source *open_image(const struct image *image)
{
	return test_source(image->data, image->size);
}

static struct uki read_good(const struct image *image, uint32_t profile)
{
	_cleanup_source_ struct source *source = open_image(image);
	struct error error = ERROR_INIT;
	struct uki uki = {0};

	test_ok(uki_read(source, profile, &uki, &error), &error);
	return uki;
}

static void check_bad(const struct image *image, uint32_t profile, int code,
		      uint64_t offset, const char *words)
{
	_cleanup_source_ struct source *source = open_image(image);
	struct error error = ERROR_INIT;
	struct uki uki;

	assert_int_equal(uki_read(source, profile, &uki, &error), code);
	test_error(&error, code, offset, words);
}

/* The text of a section; NULL: there is none. */
static void check_text(const struct image *image, uint32_t profile,
		       enum uki_section section, const char *expected)
{
	_cleanup_source_ struct source *source = open_image(image);
	_cleanup_uki_ struct uki uki = read_good(image, profile);
	_cleanup_free_ char *text = NULL;
	struct error error = ERROR_INIT;
	int r = uki_read_text(&uki, source, section, &text, &error);

	if (expected) {
		test_ok(r, &error);
		assert_string_equal(text, expected);
	} else {
		test_error(&error, -ENODATA, ERROR_NO_OFFSET, uki_section_name(section));
		assert_int_equal(r, -ENODATA);
	}
}

/* The bytes of .initrd. */
static void check_initrd(const struct image *image, uint32_t profile,
			 const char *expected, size_t size)
{
	_cleanup_source_ struct source *source = open_image(image), *initrd = NULL;
	_cleanup_uki_ struct uki uki = read_good(image, profile);
	struct error error = ERROR_INIT;
	char bytes[64];

	test_ok(uki_open_section(&uki, source, UKI_INITRD, &initrd, &error), &error);
	assert_int_equal(source_size(initrd), size);
	assert_true(size <= sizeof(bytes));
	test_ok(source_read(initrd, 0, bytes, size, &error), &error);
	assert_memory_equal(bytes, expected, size);
}

static void test_sections(void **state)
{
	_cleanup_image_ struct image image = image_make(plain, ARRAY_SIZE(plain), true);
	_cleanup_uki_ struct uki uki = read_good(&image, 0);

	assert_int_equal(uki.n_profiles, 0);
	assert_int_equal(uki.profile, UKI_NO_PROFILE);
	assert_string_equal(uki.sections[UKI_LINUX]->name, ".linux");
	assert_null(uki.sections[UKI_SBAT]);
	assert_null(uki.sections[UKI_OSREL]);
	assert_null(uki.sections[UKI_PROFILE]);
	check_text(&image, 0, UKI_UNAME, "6.1");
	check_text(&image, 0, UKI_CMDLINE, "quiet");
	check_text(&image, 0, UKI_OSREL, NULL);
	for (int i = 0; i < N_UKI_SECTIONS; i++)
		assert_non_null(uki_section_name((enum uki_section)i));
}

static void test_text_ends_with_nul(void **state)
{
	const struct image_part parts[] = {{".linux", "x", 0}, {".uname", "6\0001", 3}};
	_cleanup_image_ struct image image = image_make(parts, 2, true);

	check_text(&image, 0, UKI_UNAME, "6");
}

static void test_text_over_the_limit(void **state)
{
	_cleanup_free_ char *text = calloc(1, LIMIT_UKI_TEXT + 1);
	const struct image_part parts[] = {{".linux", "x", 0},
					   {".cmdline", text, LIMIT_UKI_TEXT + 1}};
	_cleanup_image_ struct image image = image_make(parts, 2, true);
	_cleanup_source_ struct source *source = open_image(&image);
	_cleanup_uki_ struct uki uki = read_good(&image, 0);
	struct error error = ERROR_INIT;
	char *ret = NULL;

	assert_int_equal(uki_read_text(&uki, source, UKI_CMDLINE, &ret, &error), -E2BIG);
	assert_non_null(strstr(error.message, "section '.cmdline'"));
	assert_null(ret);
}

/* What is in memory counts: no padding of the file; zeros behind its end are not given.
 */
static void test_virtual_size(void **state)
{
	_cleanup_image_ struct image image = image_make(plain, ARRAY_SIZE(plain), true);
	size_t row = image_row(&image, 2);

	image_set(&image, row + SECTION_VIRTUAL_SIZE, 4);
	check_initrd(&image, 0, "INIT", 4);
	image_set(&image, row + SECTION_VIRTUAL_SIZE, 9);
	check_initrd(&image, 0, "INITRD\0\0\0", 9);
	image_set(&image, row + SECTION_RAW_SIZE, 2);
	check_initrd(&image, 0, "IN", 2);
	image_set(&image, row + SECTION_RAW_SIZE, 0);
	check_initrd(&image, 0, "", 0);
}

static void check_no_section(const struct image *image, uint32_t profile,
			     enum uki_section section, int code, const char *words)
{
	_cleanup_source_ struct source *source = open_image(image);
	_cleanup_uki_ struct uki uki = read_good(image, profile);
	struct error error = ERROR_INIT;
	struct source *initrd = NULL;

	assert_int_equal(uki_open_section(&uki, source, section, &initrd, &error), code);
	assert_int_equal(error.code, code);
	assert_non_null(strstr(error.message, words));
	assert_null(initrd);
}

static void test_no_initrd(void **state)
{
	_cleanup_image_ struct image image = image_make(plain, ARRAY_SIZE(plain), true);

	/* A section of no bytes in memory is none. */
	image_set(&image, image_row(&image, 2) + SECTION_VIRTUAL_SIZE, 0);
	check_no_section(&image, 0, UKI_INITRD, -ENODATA, "has no section '.initrd'");
}

static void test_initrd_shares_memory(void **state)
{
	_cleanup_image_ struct image image = image_make(plain, ARRAY_SIZE(plain), true);

	image_set(&image, image_row(&image, 0) + SECTION_VIRTUAL_SIZE, 0x2001);
	check_no_section(&image, 0, UKI_INITRD, -EBADMSG,
			 "section '.initrd', 6 bytes at address");
	image_set(&image, image_row(&image, 0) + SECTION_VIRTUAL_SIZE, 0x2000);
	check_initrd(&image, 0, "INITRD", 6);
	image_set(&image, image_row(&image, 4) + SECTION_VIRTUAL_ADDRESS, 0x4004);
	check_no_section(&image, 0, UKI_UCODE, -EBADMSG,
			 "section '.ucode\', 5 bytes at address");
}

static void test_no_uki(void **state)
{
	const struct image_part addon[] = {{".sbat", "x", 0}, {".cmdline", "quiet", 0}};
	_cleanup_image_ struct image image = image_make(addon, 2, true);

	check_bad(&image, 0, -ENODATA, ERROR_NO_OFFSET, "without section '.linux'");
	image.data[0] = 'Z';
	check_bad(&image, 0, -ENODATA, ERROR_NO_OFFSET, "is no PE image");
}

static void test_not_loaded(void **state)
{
	_cleanup_image_ struct image image = image_make(plain, ARRAY_SIZE(plain), true);
	size_t row = image_row(&image, 4);

	image_set(&image, row + SECTION_RAW_AT, 0x10000);
	check_bad(&image, 0, -EBADMSG, 0x10000, "section '.cmdline' has 512 bytes");
	image_set(&image, row + SECTION_RAW_AT, 0);
	image_set(&image, row + SECTION_VIRTUAL_ADDRESS, 0x6000 - 4);
	check_bad(&image, 0, -EBADMSG, 0, "has 24576 in memory");
}

static void test_cut_everywhere(void **state)
{
	_cleanup_image_ struct image image = image_make(plain, ARRAY_SIZE(plain), true);

	for (size_t size = 0; size < image.size; size++) {
		_cleanup_source_ struct source *source = test_source(image.data, size);
		struct error error = ERROR_INIT;
		struct uki uki;
		int r = uki_read(source, 0, &uki, &error);

		assert_int_equal(r, size < IMAGE_PE_AT + 4 ? -ENODATA : -EBADMSG);
		assert_int_equal(error.code, r);
	}
}

static void test_profiles(void **state)
{
	_cleanup_image_ struct image image =
		image_make(profiles, ARRAY_SIZE(profiles), true);
	_cleanup_uki_ struct uki uki = read_good(&image, 0);

	assert_int_equal(uki.n_profiles, 2);
	assert_int_equal(uki.profile, 0);
	check_text(&image, UKI_NO_PROFILE, UKI_CMDLINE, "base");
	check_text(&image, UKI_NO_PROFILE, UKI_PROFILE, NULL);
	check_text(&image, 0, UKI_CMDLINE, "zero");
	check_text(&image, 0, UKI_PROFILE, "ID=0");
	check_text(&image, 1, UKI_CMDLINE, "x");
	check_text(&image, 1, UKI_PROFILE, "ID=1");
	check_initrd(&image, UKI_NO_PROFILE, "base", 4);
	check_initrd(&image, 0, "base", 4);
	check_initrd(&image, 1, "one", 3);
	check_bad(&image, 2, -ENODATA, ERROR_NO_OFFSET,
		  "has 2 profiles and none of number 2");
}

static void check_profile(const char *text, const char *id, const char *title)
{
	const struct image_part parts[] = {{".linux", "x", 0}, {".profile", text, 0}};
	_cleanup_image_ struct image image = image_make(parts, 2, true);
	_cleanup_source_ struct source *source = open_image(&image);
	_cleanup_uki_ struct uki uki = read_good(&image, 0);
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct uki_profile profile;

	test_ok(uki_read_profile(arena, &uki, source, 0, &profile, &error), &error);
	if (id)
		assert_string_equal(profile.id, id);
	else
		assert_null(profile.id);
	if (title)
		assert_string_equal(profile.title, title);
	else
		assert_null(profile.title);
}

static void test_profile_text(void **state)
{
	check_profile("ID=main\nTITLE=\"Boot it\"\n", "main", "Boot it");
	check_profile("TITLE=x", NULL, "x");
	check_profile("junk", NULL, NULL);
}

/* Taken one after the other, nothing of an earlier choice stays. */
static void test_select(void **state)
{
	_cleanup_image_ struct image image =
		image_make(profiles, ARRAY_SIZE(profiles), true);
	_cleanup_source_ struct source *source = open_image(&image);
	_cleanup_uki_ struct uki uki = {0};
	struct error error = ERROR_INIT;

	test_ok(uki_scan(source, &uki, &error), &error);
	assert_int_equal(uki.n_profiles, 2);
	assert_null(uki.sections[UKI_LINUX]);
	test_ok(uki_select(&uki, 1, &error), &error);
	assert_int_equal(uki.sections[UKI_INITRD]->size, strlen("one"));
	test_ok(uki_select(&uki, 0, &error), &error);
	assert_int_equal(uki.sections[UKI_INITRD]->size, strlen("base"));
	assert_int_equal(uki_select(&uki, 2, &error), -ENODATA);
}

static void check_mangled(const char *text, const char *expected)
{
	_cleanup_free_ char *copy = strdup(text);

	uki_mangle_cmdline(copy);
	assert_string_equal(copy, expected);
}

static void test_mangle_cmdline(void **state)
{
	check_mangled("", "");
	check_mangled(" \n\t", "");
	check_mangled("quiet\n", "quiet");
	check_mangled("  a\tb  c\x7f"
		      "d \n",
		      "a b  c d");
	check_mangled("\xc3\xa4=1", "\xc3\xa4=1");
}

/* A section without bytes takes away what the base has. */
static void test_profile_takes_away(void **state)
{
	_cleanup_image_ struct image image =
		image_make(profiles, ARRAY_SIZE(profiles), true);

	image_set(&image, image_row(&image, 7) + SECTION_VIRTUAL_SIZE, 0);
	check_no_section(&image, 1, UKI_INITRD, -ENODATA, "has no section '.initrd'");
	check_initrd(&image, 0, "base", 4);
}

static void test_no_profiles(void **state)
{
	_cleanup_image_ struct image image = image_make(plain, ARRAY_SIZE(plain), true);

	check_text(&image, UKI_NO_PROFILE, UKI_CMDLINE, "quiet");
	check_bad(&image, 1, -ENODATA, ERROR_NO_OFFSET,
		  "has 0 profiles and none of number 1");
}

/* Eight bytes of a name are compared, and all of them. */
static void test_names(void **state)
{
	const struct image_part parts[] = {{".linux", "x", 0},
					   {".cmdlineX", "first eight", 0},
					   {".initrdX", "another name", 0},
					   {".initr", "another", 0}};
	_cleanup_image_ struct image image = image_make(parts, 4, true);

	check_text(&image, 0, UKI_CMDLINE, "first eight");
	check_no_section(&image, 0, UKI_INITRD, -ENODATA, "has no section '.initrd'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_text_ends_with_nul),
		cmocka_unit_test(test_text_over_the_limit),
		cmocka_unit_test(test_virtual_size),
		cmocka_unit_test(test_no_initrd),
		cmocka_unit_test(test_initrd_shares_memory),
		cmocka_unit_test(test_no_uki),
		cmocka_unit_test(test_not_loaded),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_profile_text),
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_mangle_cmdline),
		cmocka_unit_test(test_profile_takes_away),
		cmocka_unit_test(test_no_profiles),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
