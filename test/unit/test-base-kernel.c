/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/base-facts.h"
#include "test/lib/archive.h"
#include "test/lib/image.h"
#include "test/lib/kernel.h"
#include "test/lib/run.h"
#include "test/lib/test.h"

/* A base in a file, and the image of a kernel in another. */
struct files {
	struct arena *arena;
	char *directory, *base_path, *kernel_path;
	struct base *base;
	struct error error;
};

static void files_done(struct files *files)
{
	base_free(files->base);
	free(files->base_path);
	free(files->kernel_path);
	test_directory_free(files->directory);
	arena_free(files->arena);
}

#define _cleanup_files_ _cleanup_(files_done)

static struct strbuf make_kernel(void)
{
	struct strbuf image = {0};

	test_kernel_bzimage(&image, span_string("payload"), COMPRESSION_GZIP);
	return image;
}

static int read_files(struct files *files, struct span base, struct span kernel)
{
	struct base_request request = {.n_layers = 1};
	const char *path;

	*files = (struct files){.arena = arena_new(),
				.directory = test_directory_new(),
				.error = ERROR_INIT};
	files->base_path =
		test_directory_write(files->directory, "base", base.data, base.size);
	if (kernel.data)
		files->kernel_path = test_directory_write(files->directory, "kernel",
							  kernel.data, kernel.size);
	path = files->base_path;
	request.layers = &path;
	request.kernel_path = files->kernel_path;
	return base_read(files->arena, &request, &files->base, &files->error);
}

#define MODULES "usr/lib/modules/" TEST_KERNEL_RELEASE

/* An initrd with modules for two kernels, in memory that the caller frees. */
static struct strbuf make_initrd(void)
{
	struct strbuf archive = {0};
	static const char *const names[] = {"usr", "usr/lib", "usr/lib/modules",
					    "usr/lib/modules/5.0", MODULES};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		cpio_add(&archive, .name = names[i], .mode = 040755, .n_links = 2);
	cpio_add_trailer(&archive);
	return archive;
}

static int read_uki(struct files *files, struct span kernel, const char *uname)
{
	_cleanup_strbuf_ struct strbuf initrd = make_initrd();
	const struct image_part parts[] = {{".linux", kernel.data, kernel.size},
					   {".initrd", initrd.data, initrd.size},
					   {".uname", uname, 0}};
	struct image image = image_make(parts, uname ? 3 : 2, true);
	int r = read_files(files, span_make(image.data, image.size), (struct span){0});

	image_done(&image);
	return r;
}

/* The kernel's own release comes before .uname, and says which modules are its. */
static void test_kernel_of_the_uki(void **state)
{
	_cleanup_strbuf_ struct strbuf kernel = make_kernel();
	_cleanup_files_ struct files files;

	test_ok(read_uki(&files, span_make(kernel.data, kernel.size), "5.0"),
		&files.error);
	assert_string_equal(files.base->kernel.path, files.base_path);
	assert_string_equal(files.base->kernel.form, "bzImage");
	assert_string_equal(files.base->kernel.release, TEST_KERNEL_RELEASE);
	assert_string_equal(files.base->kernel.architecture, "x86-64");
	assert_int_equal(files.base->kernel.n_certificates, 0);
	assert_string_equal(files.base->uname, "5.0");
	assert_string_equal(files.base->kernel_release, TEST_KERNEL_RELEASE);
	assert_string_equal(base_booted_release(files.base), TEST_KERNEL_RELEASE);
	assert_false(files.base->uname_without_modules);
}

/* What is no kernel that is known is none that anything is known of. */
static void test_unknown_kernel_of_the_uki(void **state)
{
	_cleanup_files_ struct files files;

	test_ok(read_uki(&files, span_string("junk"), "5.0"), &files.error);
	assert_null(files.base->kernel.form);
	assert_null(files.base->kernel.release);
	assert_int_equal(files.base->kernel.error.code, -ENODATA);
	assert_string_equal(files.base->kernel_release, "5.0");
	assert_string_equal(base_booted_release(files.base), "5.0");
}

static void test_kernel_that_is_given(void **state)
{
	_cleanup_strbuf_ struct strbuf kernel = make_kernel(), initrd = make_initrd();
	_cleanup_files_ struct files files;

	test_ok(read_files(&files, span_make(initrd.data, initrd.size),
			   span_make(kernel.data, kernel.size)),
		&files.error);
	assert_string_equal(files.base->kernel.path, files.kernel_path);
	assert_string_equal(files.base->kernel.release, TEST_KERNEL_RELEASE);
	assert_string_equal(files.base->kernel_release, TEST_KERNEL_RELEASE);
	assert_null(files.base->uname);
}

static void test_no_kernel(void **state)
{
	_cleanup_strbuf_ struct strbuf initrd = make_initrd();
	_cleanup_files_ struct files files, none;

	assert_int_equal(read_files(&files, span_make(initrd.data, initrd.size),
				    span_string("junk")),
			 -ENODATA);
	assert_non_null(strstr(files.error.message, "kernel': is no image of a kernel"));
	test_ok(read_files(&none, span_make(initrd.data, initrd.size), (struct span){0}),
		&none.error);
	assert_null(none.base->kernel.path);
	assert_null(none.base->kernel_release);
	assert_int_equal(none.base->n_kernel_releases, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_of_the_uki),
		cmocka_unit_test(test_unknown_kernel_of_the_uki),
		cmocka_unit_test(test_kernel_that_is_given),
		cmocka_unit_test(test_no_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
