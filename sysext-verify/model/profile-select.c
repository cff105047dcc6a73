/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/model/profile-parts.h"
#include "sysext-verify/model/unit-parts.h"

struct selection {
	const struct tree *tree;
	struct map *facts;
};

static int mark(const struct selection *selection, const char *path,
		enum profile_fact fact)
{
	const struct node *node = tree_chase(selection->tree, path, NULL);
	uintptr_t facts;

	if (!node || node->entry.type != ENTRY_FILE)
		return 0;
	facts = (uintptr_t)map_get(selection->facts, node->entry.path) | fact;
	return map_set(selection->facts, node->entry.path, (void *)facts);
}

/* What is in a directory and ends so. */
static int mark_children(const struct selection *selection, const char *path,
			 const char *suffix, enum profile_fact fact)
{
	const struct node *directory = tree_chase(selection->tree, path, NULL);
	int r = 0;

	if (!directory || directory->entry.type != ENTRY_DIRECTORY)
		return 0;
	FOREACH_CHILD(child, directory)
		if (r == 0 && string_ends_with(child->name, suffix))
			r = mark(selection, child->entry.path, fact);
	return r;
}

/* Units, also those that a link in a unit directory leads to, and their drop-ins. */
static int mark_units(const struct selection *selection, const char *path)
{
	const struct node *directory = tree_chase(selection->tree, path, NULL);
	int r = 0;

	if (!directory || directory->entry.type != ENTRY_DIRECTORY)
		return 0;
	FOREACH_CHILD(child, directory) {
		if (r == 0 && unit_name_is_valid(child->name))
			r = mark(selection, child->entry.path, PROFILE_FACT_LINES);
		if (r == 0 && string_ends_with(child->name, ".d"))
			r = mark_children(selection, child->entry.path, ".conf",
					  PROFILE_FACT_LINES);
	}
	return r;
}

/* Units that stand elsewhere, for the links that an extension may bring. */
static int mark_other_units(const struct selection *selection)
{
	int r = 0;

	TREE_FOREACH(node, selection->tree)
		if (r == 0 && node->entry.type == ENTRY_FILE &&
		    unit_name_is_valid(node->name))
			r = mark(selection, node->entry.path, PROFILE_FACT_LINES);
	return r;
}

static int mark_configuration(const struct selection *selection)
{
	static const char *const directories[] = {
		"etc/systemd", "run/systemd", "usr/local/lib/systemd", "usr/lib/systemd"};
	static const char *const names[] = {"sysext.conf", "confext.conf"};
	struct arena *arena = selection->tree->arena;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		for (size_t k = 0; r == 0 && k < ARRAY_SIZE(names); k++) {
			const char *file =
				arena_path_join(arena, directories[i], names[k]);
			const char *drop_ins = arena_printf(arena, "%s.d", file);

			if (!file || !drop_ins)
				return -ENOMEM;
			r = mark(selection, file, PROFILE_FACT_LINES);
			if (r == 0)
				r = mark_children(selection, drop_ins, ".conf",
						  PROFILE_FACT_LINES);
		}
	return r;
}

static int mark_modules(const struct selection *selection, const char *path)
{
	const struct node *modules = tree_chase(selection->tree, path, NULL);
	static const char *const names[] = {"modules.dep", "modules.builtin"};
	int r = 0;

	if (!modules || modules->entry.type != ENTRY_DIRECTORY)
		return 0;
	FOREACH_CHILD(child, modules)
		for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++) {
			const char *index = arena_path_join(selection->tree->arena,
							    child->entry.path, names[i]);

			r = index ? mark(selection, index, PROFILE_FACT_INDEX) : -ENOMEM;
		}
	return r;
}

static int mark_system(const struct selection *selection)
{
	static const char *const modprobe[] = {"etc/modprobe.d", "run/modprobe.d",
					       "usr/local/lib/modprobe.d",
					       "usr/lib/modprobe.d", "lib/modprobe.d"};
	int r = mark(selection, "etc/passwd", PROFILE_FACT_USERS);

	if (r == 0)
		r = mark(selection, "etc/group", PROFILE_FACT_GROUPS);
	if (r == 0)
		r = mark(selection, "etc/shadow", PROFILE_FACT_SHADOWS);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(modprobe); i++)
		r = mark_children(selection, modprobe[i], ".conf", PROFILE_FACT_MODPROBE);
	return r;
}

static int mark_all(const struct selection *selection)
{
	static const char *const releases[] = {"etc/os-release", "usr/lib/os-release",
					       "etc/initrd-release",
					       "usr/lib/initrd-release"};
	static const char *const trust[] = {"etc/verity.d", "run/verity.d",
					    "usr/local/lib/verity.d", "usr/lib/verity.d"};
	int r = mark_configuration(selection);

	for (size_t i = 0; r == 0 && unit_directories[i]; i++)
		r = mark_units(selection, unit_directories[i]);
	if (r == 0)
		r = mark_other_units(selection);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(releases); i++)
		r = mark(selection, releases[i], PROFILE_FACT_ASSIGNMENTS);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(trust); i++)
		r = mark_children(selection, trust[i], ".crt", PROFILE_FACT_CERTIFICATE);
	if (r == 0)
		r = mark_system(selection);
	if (r == 0)
		r = mark_modules(selection, "usr/lib/modules");
	return r < 0 ? r : mark_modules(selection, "lib/modules");
}

int profile_select(const struct tree *tree, struct map **ret, struct error *error)
{
	_cleanup_(map_freep) struct map *facts = map_new();
	const struct selection selection = {.tree = tree, .facts = facts};

	if (!facts || mark_all(&selection) < 0)
		return error_memory(error);
	*ret = TAKE_PTR(facts);
	return 0;
}
