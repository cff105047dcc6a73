/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/base.h"
#include "test/lib/archive.h"
#include "test/lib/image.h"
#include "test/lib/run.h"
#include "test/lib/test.h"

/* Files of a base, in the order in which they are given. */
struct files {
	struct arena *arena;
	char *directory;
	const char *paths[8];
	size_t n_paths;
	struct base *base;
	struct error error;
};

static struct files files_new(void)
{
	return (struct files){.arena = arena_new(),
			      .directory = test_directory_new(),
			      .error = ERROR_INIT};
}

static void files_done(struct files *files)
{
	base_free(files->base);
	for (size_t i = 0; i < files->n_paths; i++)
		free((char *)files->paths[i]);
	test_directory_free(files->directory);
	arena_free(files->arena);
}

#define _cleanup_files_ _cleanup_(files_done)

static void add_bytes(struct files *files, const char *name, const void *data,
		      size_t size)
{
	files->paths[files->n_paths++] =
		test_directory_write(files->directory, name, data, size);
}

/* An archive of files, each with the same contents. The names end with NULL. */
static struct strbuf make_archive(const char *content, const char *const *names)
{
	struct strbuf archive = {0};

	for (; *names; names++)
		cpio_add_file(&archive, *names, content);
	cpio_add_trailer(&archive);
	return archive;
}

#define NAMES(...)                              \
	(const char *const[])                   \
	{                                       \
		__VA_ARGS__ __VA_OPT__(, ) NULL \
	}

static void add_archive(struct files *files, const char *name, const char *content,
			const char *const *names)
{
	_cleanup_strbuf_ struct strbuf archive = make_archive(content, names);

	add_bytes(files, name, archive.data, archive.size);
}

static void add_image(struct files *files, const char *name,
		      const struct image_part *parts, size_t n_parts)
{
	struct image image = image_make(parts, n_parts, true);

	add_bytes(files, name, image.data, image.size);
	image_done(&image);
}

static int read_files(struct files *files, const char *profile)
{
	const struct base_request request = {.layers = files->paths,
					     .n_layers = files->n_paths,
					     .uki_profile = profile};

	return base_read(files->arena, &request, &files->base, &files->error);
}

static void check_refused(struct files *files, const char *profile, int code,
			  const char *words)
{
	assert_int_equal(read_files(files, profile), code);
	if (!strstr(files->error.message, words))
		fail_msg("'%s' is not in '%s'", words, files->error.message);
	assert_null(files->base);
}

/* The text of a file in the base, and the layer that it comes from. */
static void check_file(const struct files *files, const char *path, const char *content,
		       size_t layer)
{
	struct node *node = tree_get(files->base->tree, path);
	uint8_t digest[DIGEST_SHA256_SIZE], expected[DIGEST_SHA256_SIZE];

	assert_non_null(node);
	test_ok(node_digest(node, digest, NULL), NULL);
	digest_sha256(content, strlen(content), expected);
	assert_memory_equal(digest, expected, sizeof(expected));
	assert_ptr_equal(base_layer_of(files->base, node), &files->base->layers[layer]);
}

static void test_layers(void **state)
{
	_cleanup_files_ struct files files = files_new();
	char *unpacked = test_directory_new();
	char *file = test_directory_write(unpacked, "y", "directory", 9);

	add_archive(&files, "first", "first", NAMES("x", "y"));
	files.paths[files.n_paths++] = strdup(unpacked);
	add_archive(&files, "second", "second", NAMES("x", "z"));
	test_ok(read_files(&files, NULL), &files.error);
	assert_string_equal(files.base->path, files.paths[0]);
	assert_int_equal(files.base->n_layers, 3);
	assert_int_equal(files.base->layers[1].kind, BASE_DIRECTORY);
	assert_int_equal(files.base->layers[2].initrd.n_members, 1);
	assert_null(files.base->cmdline);
	check_file(&files, "x", "second", 2);
	check_file(&files, "y", "directory", 1);
	check_file(&files, "z", "second", 2);
	free(file);
	test_directory_free(unpacked);
}

static void test_uki(void **state)
{
	_cleanup_files_ struct files files = files_new();
	_cleanup_strbuf_ struct strbuf first = make_archive("microcode", NAMES("x", "y"));
	_cleanup_strbuf_ struct strbuf second = make_archive("later", NAMES("x"));
	const struct image_part parts[] = {{".linux", "kernel", 0},
					   {".uname", "6.1\n", 0},
					   {".cmdline", "quiet\n", 0},
					   {".initrd", second.data, second.size},
					   {".ucode", first.data, first.size}};
	const struct base *base;

	add_image(&files, "x.efi", parts, 5);
	test_ok(read_files(&files, NULL), &files.error);
	base = files.base;
	assert_int_equal(base->kind, BASE_UKI);
	assert_string_equal(base_kind_name(base->kind), "uki");
	assert_string_equal(base->uname, "6.1");
	assert_string_equal(base->kernel_release, "6.1");
	assert_string_equal(base->architecture, "x86-64");
	assert_string_equal(base->cmdline, "quiet");
	assert_int_equal(base->n_profiles, 0);
	assert_false(base->without_initrd);
	/* The microcode is unpacked first, and each member has its place in the file. */
	check_file(&files, "x", "later", 0);
	check_file(&files, "y", "microcode", 0);
	assert_int_equal(base->layers[0].initrd.n_members, 2);
	assert_int_equal(base->layers[0].initrd.members[0].offset,
			 base->uki->sections[UKI_UCODE]->raw_at);
	assert_int_equal(base->layers[0].initrd.members[1].offset,
			 base->uki->sections[UKI_INITRD]->raw_at);
}

static void test_uki_without_initrd(void **state)
{
	_cleanup_files_ struct files files = files_new();
	const struct image_part part = {".linux", "kernel", 0};

	add_image(&files, "x.efi", &part, 1);
	test_ok(read_files(&files, NULL), &files.error);
	assert_true(files.base->without_initrd);
	assert_null(files.base->uname);
	assert_string_equal(files.base->cmdline, "");
}

/* What the UKI lacks another layer has. */
static void test_uki_with_another_initrd(void **state)
{
	_cleanup_files_ struct files files = files_new();
	const struct image_part part = {".linux", "kernel", 0};

	add_archive(&files, "initrd", "x", NAMES("x"));
	add_image(&files, "x.efi", &part, 1);
	test_ok(read_files(&files, NULL), &files.error);
	assert_false(files.base->without_initrd);
	/* The UKI names the whole, wherever it is given. */
	assert_string_equal(files.base->path, files.paths[1]);
	check_file(&files, "x", "x", 0);
}

/*
 * systemd-stub's order, whatever the command line's: microcode of the addons, of the UKI,
 * what was registered before, the UKI's initrd, what the stub makes, the addons' initrds.
 * Each part writes a file of its number and all those of later parts.
 */
static void test_order_of_the_stub(void **state)
{
	static const char *const names[] = {"1", "2", "3", "4", "5",
					    "6", "7", "8", "9", NULL};
	_cleanup_files_ struct files files = files_new();
	struct strbuf parts[8];
	const struct image_part kernel = {".linux", "kernel", 0};

	for (size_t i = 0; i < 8; i++) {
		char content[2] = {(char)('1' + i)};

		parts[i] = make_archive(content, names + i);
	}
	add_image(&files, "b.addon.efi",
		  (const struct image_part[]){{".initrd", parts[6].data, parts[6].size},
					      {".ucode", parts[1].data, parts[1].size}},
		  2);
	add_bytes(&files, "before", parts[3].data, parts[3].size);
	add_image(&files, "x.efi",
		  (const struct image_part[]){kernel,
					      {".initrd", parts[4].data, parts[4].size},
					      {".ucode", parts[2].data, parts[2].size}},
		  3);
	add_image(&files, "a.addon.efi",
		  (const struct image_part[]){{".initrd", parts[7].data, parts[7].size},
					      {".ucode", parts[0].data, parts[0].size}},
		  2);
	add_bytes(&files, "behind", parts[5].data, parts[5].size);
	test_ok(read_files(&files, NULL), &files.error);
	check_file(&files, "1", "1", 3);
	check_file(&files, "2", "2", 0);
	check_file(&files, "3", "3", 2);
	check_file(&files, "4", "4", 1);
	check_file(&files, "5", "5", 2);
	check_file(&files, "6", "6", 4);
	check_file(&files, "7", "7", 0);
	check_file(&files, "8", "8", 3);
	check_file(&files, "9", "8", 3);
	assert_int_equal(files.base->layers[0].kind, BASE_ADDON);
	assert_string_equal(base_kind_name(BASE_ADDON), "addon");
	for (size_t i = 0; i < 8; i++)
		strbuf_done(&parts[i]);
}

static void test_cmdline_of_addons(void **state)
{
	_cleanup_files_ struct files files = files_new();

	add_image(&files, "x.efi",
		  (const struct image_part[]){{".linux", "kernel", 0},
					      {".uname", "6.1", 0},
					      {".cmdline", " a\tb \n", 0}},
		  3);
	add_image(&files, "1.addon.efi",
		  (const struct image_part[]){{".cmdline", "c\n", 0}}, 1);
	add_image(&files, "2.addon.efi",
		  (const struct image_part[]){{".cmdline", "other", 0},
					      {".uname", "6.2", 0}},
		  2);
	add_image(&files, "3.addon.efi",
		  (const struct image_part[]){{".cmdline", "d", 0}, {".uname", "6.1", 0}},
		  2);
	test_ok(read_files(&files, NULL), &files.error);
	assert_string_equal(files.base->cmdline, "a b c d");
	assert_false(files.base->layers[1].ignored);
	assert_true(files.base->layers[2].ignored);
	assert_string_equal(files.base->layers[2].uname, "6.2");
	assert_false(files.base->layers[3].ignored);
}

/* Nor is the initrd of an addon for another kernel unpacked. */
static void test_ignored_addon(void **state)
{
	_cleanup_files_ struct files files = files_new();
	_cleanup_strbuf_ struct strbuf archive = make_archive("x", NAMES("x"));

	add_image(&files, "x.efi",
		  (const struct image_part[]){{".linux", "kernel", 0},
					      {".uname", "6.1", 0}},
		  2);
	add_image(&files, "1.addon.efi",
		  (const struct image_part[]){{".uname", "6.10", 0},
					      {".initrd", archive.data, archive.size}},
		  2);
	test_ok(read_files(&files, NULL), &files.error);
	assert_true(files.base->layers[1].ignored);
	assert_true(files.base->without_initrd);
	assert_null(tree_get(files.base->tree, "x"));
	assert_string_equal(files.base->cmdline, "");
}

static const struct image_part profiles[] = {
	{".linux", "kernel", 0}, {".uname", "6.1", 0},
	{".cmdline", "base", 0}, {".profile", "ID=main\nTITLE=Main", 0},
	{".profile", "ID=x", 0}, {".cmdline", "x", 0},
	{".profile", "ID=2", 0}, {".uname", "6.2", 0},
};

static void check_profile(const char *profile, uint32_t number, const char *cmdline,
			  const char *uname)
{
	_cleanup_files_ struct files files = files_new();

	add_image(&files, "x.efi", profiles, ARRAY_SIZE(profiles));
	test_ok(read_files(&files, profile), &files.error);
	assert_int_equal(files.base->n_profiles, 3);
	assert_int_equal(files.base->profile, number);
	assert_int_equal(files.base->profile_asked_for, profile != NULL);
	assert_string_equal(files.base->cmdline, cmdline);
	assert_string_equal(files.base->uname, uname);
	assert_string_equal(files.base->profiles[0].id, "main");
	assert_string_equal(files.base->profiles[0].title, "Main");
	assert_null(files.base->profiles[1].title);
	assert_null(files.base->profiles[0].differs);
	assert_null(files.base->profiles[1].differs);
	assert_string_equal(files.base->profiles[2].differs, ".uname");
}

static void test_profiles(void **state)
{
	check_profile(NULL, 0, "base", "6.1");
	check_profile("0", 0, "base", "6.1");
	check_profile("1", 1, "x", "6.1");
	check_profile("x", 1, "x", "6.1");
	/* A number comes before an ID. */
	check_profile("2", 2, "base", "6.2");
	check_profile("main", 0, "base", "6.1");
}

static void check_no_profile(const struct image_part *parts, size_t n_parts,
			     const char *profile, const char *words)
{
	_cleanup_files_ struct files files = files_new();

	add_image(&files, "x.efi", parts, n_parts);
	check_refused(&files, profile, -ENODATA, words);
}

static void test_no_profile(void **state)
{
	_cleanup_files_ struct files files = files_new();

	check_no_profile(profiles, ARRAY_SIZE(profiles), "3",
			 "x.efi': has no profile '3', it has 0 (main), 1 (x), 2 (2)");
	check_no_profile(profiles, ARRAY_SIZE(profiles), "", "has no profile ''");
	check_no_profile(profiles, ARRAY_SIZE(profiles), "-1", "has no profile '-1'");
	check_no_profile(profiles, 3, "main", "has no profile 'main', it has none");
	add_archive(&files, "initrd", "x", NAMES("x"));
	check_refused(&files, "1", -EINVAL, "--uki-profile is '1', but no --base is");
}

static void test_profile_without_any(void **state)
{
	_cleanup_files_ struct files files = files_new();

	add_image(&files, "x.efi", profiles, 3);
	test_ok(read_files(&files, "0"), &files.error);
	assert_int_equal(files.base->n_profiles, 0);
}

/* The error names the layer that it is about. */
static void test_not_together(void **state)
{
	_cleanup_files_ struct files two = files_new(), alone = files_new();

	add_image(&two, "1.efi", profiles, 1);
	add_image(&two, "2.efi", profiles, 1);
	check_refused(&two, NULL, -EINVAL, "2.efi' is a UKI as well as '");
	add_archive(&alone, "initrd", "x", NAMES("x"));
	add_image(&alone, "1.addon.efi",
		  (const struct image_part[]){{".cmdline", "x", 0}}, 1);
	check_refused(&alone, NULL, -EINVAL,
		      "1.addon.efi' is an addon, which systemd-stub adds to a UKI");
}

static void test_bad_layers(void **state)
{
	_cleanup_files_ struct files image = files_new(), junk = files_new();
	_cleanup_files_ struct files empty = files_new(), second = files_new();

	add_image(&image, "x.efi", (const struct image_part[]){{".text", "x", 0}}, 1);
	check_refused(&image, NULL, -ENODATA, "x.efi': is a PE image without section");
	add_image(&junk, "x.efi",
		  (const struct image_part[]){{".linux", "kernel", 0},
					      {".initrd", "junk", 0}},
		  2);
	check_refused(&junk, NULL, -EBADMSG,
		      "x.efi': section '.initrd': neither a cpio header");
	add_bytes(&empty, "initrd", "", 0);
	check_refused(&empty, NULL, -EBADMSG, "initrd': is empty, expected an initrd");
	add_archive(&second, "initrd", "x", NAMES("x"));
	add_bytes(&second, "second", "junk", 4);
	check_refused(&second, NULL, -EBADMSG, "second': neither a cpio header");
}

/* The kernel stops at the first damage, also in front of what stands behind that file. */
static void test_damage_hides_layers(void **state)
{
	_cleanup_files_ struct files files = files_new();
	_cleanup_strbuf_ struct strbuf archive = make_archive("x", NAMES("x"));
	char *unpacked = test_directory_new();

	strbuf_add_string(&archive, "junk");
	add_bytes(&files, "first", archive.data, archive.size);
	add_archive(&files, "second", "second", NAMES("x", "y"));
	files.paths[files.n_paths++] = strdup(unpacked);
	test_ok(read_files(&files, NULL), &files.error);
	check_file(&files, "x", "x", 0);
	assert_null(tree_get(files.base->tree, "y"));
	assert_false(files.base->layers[0].not_unpacked);
	assert_true(files.base->layers[1].not_unpacked);
	assert_true(files.base->layers[2].not_unpacked);
	test_directory_free(unpacked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_uki),
		cmocka_unit_test(test_uki_without_initrd),
		cmocka_unit_test(test_uki_with_another_initrd),
		cmocka_unit_test(test_order_of_the_stub),
		cmocka_unit_test(test_cmdline_of_addons),
		cmocka_unit_test(test_ignored_addon),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_no_profile),
		cmocka_unit_test(test_profile_without_any),
		cmocka_unit_test(test_not_together),
		cmocka_unit_test(test_bad_layers),
		cmocka_unit_test(test_damage_hides_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
