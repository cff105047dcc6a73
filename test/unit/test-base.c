/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/base-facts.h"
#include "test/lib/archive.h"
#include "test/lib/image.h"
#include "test/lib/run.h"
#include "test/lib/world.h"

#define MODULES "usr/lib/modules/6.12.1/"

struct world {
	struct arena *arena;
	struct base base;
};

static void world_make(struct world *world, const char *text)
{
	*world = (struct world){.arena = arena_new()};
	world->base.tree = world_tree(world->arena, text);
}

static void world_done(struct world *world)
{
	for (size_t i = 0; i < world->base.n_certificates; i++)
		certificate_free(world->base.certificates[i].certificate);
	tree_free(world->base.tree);
	arena_free(world->arena);
}

#define _cleanup_world_ _cleanup_(world_done)

static void check_facility(const char *text, enum facility facility,
			   enum facility_state state, const char *path)
{
	_cleanup_world_ struct world world;
	struct error error = ERROR_INIT;

	world_make(&world, text);
	test_ok(base_read_facilities(world.arena, &world.base, &error), &error);
	assert_int_equal(world.base.facilities[facility].state, state);
	if (path)
		assert_string_equal(world.base.facilities[facility].path, path);
	else
		assert_null(world.base.facilities[facility].path);
}

static void test_facility_builtin(void **state)
{
	check_facility("f " MODULES "modules.builtin kernel/fs/squashfs/squashfs.ko\\n\n",
		       FACILITY_SQUASHFS, FACILITY_BUILTIN, NULL);
}

static void test_facility_module(void **state)
{
	check_facility("f " MODULES "modules.builtin x\\n\n"
		       "f " MODULES
		       "modules.dep kernel/md/dm-verity.ko.xz: kernel/md/dm-mod.ko\\n\n"
		       "f " MODULES "kernel/md/dm-verity.ko.xz x\n",
		       FACILITY_DM_VERITY, FACILITY_MODULE,
		       MODULES "kernel/md/dm-verity.ko.xz");
}

static void test_facility_only_in_the_index(void **state)
{
	check_facility("f " MODULES "modules.builtin x\\n\n"
		       "f " MODULES "modules.dep kernel/md/dm-verity.ko.xz:\\n\n",
		       FACILITY_DM_VERITY, FACILITY_ABSENT, NULL);
}

static void test_facility_without_index(void **state)
{
	check_facility("f " MODULES "modules.builtin x\\n\nf " MODULES
		       "extra/loop.ko x\n",
		       FACILITY_LOOP, FACILITY_NO_INDEX, MODULES "extra/loop.ko");
}

static void test_facility_unknown(void **state)
{
	check_facility("f " MODULES "modules.dep x:\\n\n", FACILITY_LOOP,
		       FACILITY_UNKNOWN, NULL);
	check_facility("d usr/lib\n", FACILITY_LOOP, FACILITY_UNKNOWN, NULL);
	check_facility("f " MODULES
		       "modules.builtin loop.ko\\n\nd usr/lib/modules/6.13\n",
		       FACILITY_LOOP, FACILITY_UNKNOWN, NULL);
}

static void test_kernel_release(void **state)
{
	_cleanup_world_ struct world world;

	world_make(&world, "d usr/lib/modules/6.12.1\nl lib -> usr/lib\n");
	test_ok(base_read_facilities(world.arena, &world.base, NULL), NULL);
	assert_string_equal(world.base.kernel_release, "6.12.1");
}

static void check_uname(const char *text, const char *uname, const char *release,
			bool without_modules)
{
	_cleanup_world_ struct world world;

	world_make(&world, text);
	world.base.uname = uname;
	test_ok(base_read_facilities(world.arena, &world.base, NULL), NULL);
	if (release)
		assert_string_equal(world.base.kernel_release, release);
	else
		assert_null(world.base.kernel_release);
	assert_int_equal(world.base.uname_without_modules, without_modules);
}

static void test_uname(void **state)
{
	static const char one[] = "d usr/lib/modules/6.1\n";
	static const char two[] = "d usr/lib/modules/6.1\nd usr/lib/modules/6.2\n";

	check_uname(one, NULL, "6.1", false);
	check_uname(one, "6.1", "6.1", false);
	check_uname(one, "6.2", "6.1", true);
	check_uname(two, NULL, NULL, false);
	check_uname(two, "6.2", "6.2", false);
	check_uname(two, "6.3", "6.3", true);
	check_uname("d usr/lib\n", "6.1", "6.1", false);
}

/* Of two kernels' modules those that .uname names are looked at. */
static void test_uname_decides_facilities(void **state)
{
	_cleanup_world_ struct world world;

	world_make(&world, "d usr/lib/modules/6.13\n"
			   "f " MODULES "modules.builtin loop.ko\\n\n");
	world.base.uname = "6.12.1";
	test_ok(base_read_facilities(world.arena, &world.base, NULL), NULL);
	assert_int_equal(world.base.facilities[FACILITY_LOOP].state, FACILITY_BUILTIN);
}

/* base_read() of these sections in a file. */
static int read_image(struct arena *arena, const struct image_part *parts, size_t n_parts,
		      struct base **ret, struct error *error)
{
	struct image image = image_make(parts, n_parts, true);
	char *directory = test_directory_new();
	char *path = test_directory_write(directory, "x.efi", image.data, image.size);
	int r = base_read_path(arena, path, ret, error);

	free(path);
	test_directory_free(directory);
	image_done(&image);
	return r;
}

static void test_uki(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(base_freep) struct base *base = NULL;
	_cleanup_strbuf_ struct strbuf first = {0}, second = {0};
	struct error error = ERROR_INIT;

	cpio_add_file(&first, "x", "of the microcode");
	cpio_add_file(&first, "y", "first");
	cpio_add_trailer(&first);
	cpio_add_file(&second, "x", "later");
	cpio_add_trailer(&second);
	test_ok(read_image(
			arena,
			(const struct image_part[]){{".linux", "kernel", 0},
						    {".uname", "6.1\n", 0},
						    {".initrd", second.data, second.size},
						    {".ucode", first.data, first.size}},
			4, &base, &error),
		&error);
	assert_int_equal(base->kind, BASE_UKI);
	assert_string_equal(base_kind_name(base->kind), "uki");
	assert_string_equal(base->uname, "6.1");
	assert_string_equal(base->kernel_release, "6.1");
	assert_string_equal(base->architecture, "x86-64");
	assert_false(base->without_initrd);
	/* The microcode is unpacked first, and each member has its place in the file. */
	assert_int_equal(tree_get(base->tree, "x")->entry.size, strlen("later"));
	assert_int_equal(tree_get(base->tree, "y")->entry.size, strlen("first"));
	assert_int_equal(base->layers[0].initrd.n_members, 2);
	assert_int_equal(base->layers[0].initrd.members[0].offset,
			 base->uki->sections[UKI_UCODE]->raw_at);
	assert_int_equal(base->layers[0].initrd.members[1].offset,
			 base->uki->sections[UKI_INITRD]->raw_at);
}

static void test_uki_without_initrd(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(base_freep) struct base *base = NULL;
	struct error error = ERROR_INIT;

	test_ok(read_image(arena, (const struct image_part[]){{".linux", "kernel", 0}}, 1,
			   &base, &error),
		&error);
	assert_true(base->without_initrd);
	assert_null(base->uname);
}

static void test_no_uki(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct error error = ERROR_INIT;
	struct base *base = NULL;

	assert_int_equal(read_image(arena,
				    (const struct image_part[]){{".cmdline", "quiet", 0}},
				    1, &base, &error),
			 -ENODATA);
	assert_non_null(strstr(error.message, "without section '.linux': an addon"));
	error = (struct error)ERROR_INIT;
	assert_int_equal(read_image(arena,
				    (const struct image_part[]){{".linux", "kernel", 0},
								{".initrd", "junk", 0}},
				    2, &base, &error),
			 -EBADMSG);
	assert_non_null(strstr(error.message, "initrd of the UKI: neither a cpio"));
	assert_null(base);
}

/* Writes the archive to a file in @directory; the path is from malloc(). */
static char *write_archive(const char *directory, const char *name,
			   struct strbuf *archive)
{
	cpio_add_trailer(archive);
	return test_directory_write(directory, name, archive->data, archive->size);
}

static void test_layers(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(base_freep) struct base *base = NULL;
	_cleanup_strbuf_ struct strbuf first = {0}, second = {0};
	char *directory = test_directory_new();
	char *unpacked = test_directory_new();
	char *file = test_directory_write(unpacked, "y", "of the directory", 16);
	struct error error = ERROR_INIT;
	char *paths[3];

	cpio_add_file(&first, "x", "first");
	cpio_add_file(&first, "y", "first");
	cpio_add_file(&second, "x", "later");
	cpio_add_file(&second, "z", "later");
	paths[0] = write_archive(directory, "first", &first);
	paths[1] = unpacked;
	paths[2] = write_archive(directory, "second", &second);
	test_ok(base_read(arena,
			  &(struct base_request){.layers = (const char *const *)paths,
						 .n_layers = 3},
			  &base, &error),
		&error);
	assert_string_equal(base->path, paths[0]);
	assert_int_equal(base->n_layers, 3);
	assert_int_equal(base->layers[1].kind, BASE_DIRECTORY);
	assert_int_equal(base->layers[2].initrd.n_members, 1);
	assert_ptr_equal(base_layer_of(base, tree_get(base->tree, "x")),
			 &base->layers[2]);
	assert_ptr_equal(base_layer_of(base, tree_get(base->tree, "y")),
			 &base->layers[1]);
	assert_ptr_equal(base_layer_of(base, tree_get(base->tree, "z")),
			 &base->layers[2]);
	assert_int_equal(tree_get(base->tree, "y")->entry.size, 16);
	free(paths[0]);
	free(paths[2]);
	free(file);
	test_directory_free(directory);
	test_directory_free(unpacked);
}

/* The error names the layer that it is about. */
static void test_two_ukis(void **state)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct image image =
		image_make(&(const struct image_part){".linux", "kernel", 0}, 1, true);
	char *directory = test_directory_new();
	char *path = test_directory_write(directory, "x.efi", image.data, image.size);
	const char *const paths[] = {path, path};
	struct error error = ERROR_INIT;
	struct base *base = NULL;

	assert_int_equal(base_read(arena,
				   &(struct base_request){.layers = paths, .n_layers = 2},
				   &base, &error),
			 -EINVAL);
	assert_non_null(strstr(error.message, "x.efi': is a UKI as well as '"));
	free(path);
	test_directory_free(directory);
	image_done(&image);
}

/*
 * systemd lists *.crt, the higher directory hides the lower, /dev/null and empty files
 * mask.
 */
static void test_certificates(void **state)
{
	_cleanup_world_ struct world world;
	struct error error = ERROR_INIT;

	world_make(&world,
		   "f etc/verity.d/b.crt none\nf usr/lib/verity.d/b.crt hidden\n"
		   "f usr/lib/verity.d/a.crt none\nl etc/verity.d/c.crt -> /dev/null\n"
		   "f usr/lib/verity.d/c.crt masked\nf run/verity.d/d.crt \n"
		   "f etc/verity.d/e.conf ignored\nl etc/verity.d/f.crt -> nowhere\n");
	test_ok(base_read_certificates(world.arena, &world.base, &error), &error);
	assert_int_equal(world.base.n_certificates, 3);
	assert_string_equal(world.base.certificates[0].path, "usr/lib/verity.d/a.crt");
	assert_string_equal(world.base.certificates[1].path, "etc/verity.d/b.crt");
	assert_string_equal(world.base.certificates[2].path, "etc/verity.d/f.crt");
	for (size_t i = 0; i < 3; i++) {
		assert_null(world.base.certificates[i].certificate);
		assert_int_not_equal(world.base.certificates[i].error.code, 0);
	}
	assert_int_equal(world.base.n_verity_d_ignored, 1);
	assert_string_equal(world.base.verity_d_ignored[0], "etc/verity.d/e.conf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facility_builtin),
		cmocka_unit_test(test_facility_module),
		cmocka_unit_test(test_facility_only_in_the_index),
		cmocka_unit_test(test_facility_without_index),
		cmocka_unit_test(test_facility_unknown),
		cmocka_unit_test(test_kernel_release),
		cmocka_unit_test(test_uname),
		cmocka_unit_test(test_uname_decides_facilities),
		cmocka_unit_test(test_uki),
		cmocka_unit_test(test_uki_without_initrd),
		cmocka_unit_test(test_no_uki),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_two_ukis),
		cmocka_unit_test(test_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
