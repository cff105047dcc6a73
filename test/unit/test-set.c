/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/set.h"
#include "test/lib/world.h"

#define MAX_MEMBERS 3

struct given {
	const char *name, *world;
};

/* A set of up to three extensions over a base, for as long as the test looks at it. */
struct scene {
	struct arena *arena;
	struct base base;
	struct extension extensions[MAX_MEMBERS];
	struct set *set;
};

static void make_scene(struct scene *scene, const char *base, const struct given *given,
		       size_t n)
{
	const struct extension *members[MAX_MEMBERS];
	struct error error = ERROR_INIT;

	*scene = (struct scene){.arena = arena_new()};
	scene->base.tree = world_tree(scene->arena, base);
	for (size_t i = 0; i < n; i++) {
		scene->extensions[i].path = given[i].name;
		scene->extensions[i].name = (char *)given[i].name;
		scene->extensions[i].tree = world_tree(scene->arena, given[i].world);
		members[i] = &scene->extensions[i];
	}
	test_ok(set_build(scene->arena, &scene->base, members, n, NULL, 0, &scene->set,
			  &error),
		&error);
}

static void scene_done(struct scene *scene)
{
	set_free(scene->set);
	tree_free(scene->base.tree);
	for (size_t i = 0; i < MAX_MEMBERS; i++)
		tree_free(scene->extensions[i].tree);
	arena_free(scene->arena);
}

/* strverscmp_improved(): letters before digits, numbers by their value, '~' first. */
static void test_order(void **state)
{
	static const struct given given[] = {
		{"10", "f usr/a 1\n"}, {"9", "f usr/a 1\n"}, {"z", "f usr/a 1\n"}};
	_cleanup_(scene_done) struct scene scene;

	make_scene(&scene, "d usr\n", given, ARRAY_SIZE(given));
	assert_int_equal(scene.set->n_members, 3);
	assert_string_equal(scene.set->members[0]->name, "z");
	assert_string_equal(scene.set->members[1]->name, "9");
	assert_string_equal(scene.set->members[2]->name, "10");
}

static void test_collisions(void **state)
{
	static const struct given given[] = {
		{"b", "f usr/x two\nf usr/same 1\nf usr/b 1\nd usr/d\nf usr/over 1\n"},
		{"a", "f usr/x one\nf usr/same 1\nf usr/a 1\nf usr/d/a 1\n"},
	};
	_cleanup_(scene_done) struct scene scene;

	make_scene(&scene, "f usr/over base\nd usr/d\n", given, ARRAY_SIZE(given));
	assert_int_equal(scene.set->n_collisions, 2);
	assert_string_equal(scene.set->collisions[0].path, "usr/same");
	assert_true(scene.set->collisions[0].identical);
	assert_string_equal(scene.set->collisions[1].path, "usr/x");
	assert_false(scene.set->collisions[1].identical);
	assert_string_equal(scene.set->collisions[1].winner->name, "b");
	assert_string_equal(scene.set->collisions[1].loser->name, "a");
	assert_int_equal(scene.set->n_namesakes, 0);
}

static void test_namesakes(void **state)
{
	static const struct given given[] = {
		{"a", "f usr/x 1\n"}, {"b", "f usr/y 1\n"}, {"a", "f usr/x 2\n"}};
	_cleanup_(scene_done) struct scene scene;

	make_scene(&scene, "d usr\n", given, ARRAY_SIZE(given));
	assert_int_equal(scene.set->n_namesakes, 1);
	assert_string_equal(scene.set->namesakes[0].extension->name, "a");
	assert_ptr_not_equal(scene.set->namesakes[0].extension,
			     scene.set->namesakes[0].other);
	assert_int_equal(scene.set->n_collisions, 0);
}

/* Only what has files there is a layer; the base is one, if it is not empty. */
static void test_options(void **state)
{
	static const struct {
		const char *base;
		struct given given[2];
		const char *hierarchy, *options;
	} rows[] = {
		{"f usr/x 1\n",
		 {{"a", "f usr/a 1\n"}, {"bb", "f usr/b 1\n"}},
		 "usr",
		 "lowerdir=/run/systemd/sysext/meta/usr:/run/systemd/sysext/extensions/bb/usr:"
		 "/run/systemd/sysext/extensions/a/usr:/usr"},
		{"d usr\n",
		 {{"a", "f usr/a 1\n"}, {"bb", "f opt/b 1\nd usr\n"}},
		 "opt",
		 "lowerdir=/run/systemd/sysext/meta/opt:/run/systemd/sysext/extensions/bb/opt"},
		{"f usr/x 1\n",
		 {{"a", "f real/a 1\nl usr -> real\n"}, {"b", "d usr\n"}},
		 "usr",
		 "lowerdir=/run/systemd/sysext/meta/usr:/run/systemd/sysext/extensions/a/real:"
		 "/usr"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(scene_done) struct scene scene;

		make_scene(&scene, rows[i].base, rows[i].given, 2);
		assert_int_equal(scene.set->options_size, strlen(rows[i].options));
		assert_string_equal(scene.set->hierarchy, rows[i].hierarchy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_collisions),
		cmocka_unit_test(test_namesakes),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
