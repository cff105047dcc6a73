/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/base-facts.h"
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
		cmocka_unit_test(test_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
