/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "formats/module-index.h"
#include "sysext-verify/model/base-facts.h"
#include "sysext-verify/model/facts.h"

static const char *const module_names[N_FACILITIES] = {
	[FACILITY_LOOP] = "loop",         [FACILITY_OVERLAY] = "overlay",
	[FACILITY_SQUASHFS] = "squashfs", [FACILITY_EROFS] = "erofs",
	[FACILITY_DM_MOD] = "dm_mod",     [FACILITY_DM_VERITY] = "dm_verity",
};

struct modules {
	const struct node *directory; /* usr/lib/modules/RELEASE */
	struct map *index;            /* modules.dep; NULL if there is none */
	struct map *builtin;          /* modules.builtin; NULL if there is none */
};

static int read_index(struct arena *arena, const struct tree *tree,
		      const struct node *directory, const char *name, struct map **ret,
		      struct error *error)
{
	const char *path = arena_path_join(arena, directory->entry.path, name);
	struct node *node;
	int r;

	if (!path)
		return error_memory(error);
	node = tree_get(tree, path);
	if (!node || node->entry.type != ENTRY_FILE)
		return 0;
	r = node_module_index(tree, node, ret, error);
	return r == -ENODATA ? 0 : r;
}

/* A module file below @directory whose name, as modprobe compares it, is @name. */
static const struct node *find_module_file(struct arena *arena, const struct tree *tree,
					   const struct node *directory, const char *name)
{
	for (struct node *node = tree_next(tree, directory);
	     node && path_is_below(node->entry.path, directory->entry.path);
	     node = tree_next(tree, node)) {
		const char *found;

		if (node->entry.type != ENTRY_FILE || !strstr(node->name, ".ko"))
			continue;
		found = module_name(arena, node->name);
		if (found && strcmp(found, name) == 0)
			return node;
	}
	return NULL;
}

static int find_facility(struct arena *arena, const struct tree *tree,
			 const struct modules *modules, struct base_facility *facility)
{
	const char *path =
		modules->index ? map_get(modules->index, facility->module) : NULL;
	const struct node *node;

	if (modules->builtin && map_has(modules->builtin, facility->module)) {
		facility->state = FACILITY_BUILTIN;
		return 0;
	}
	if (path) {
		facility->path =
			arena_path_join(arena, modules->directory->entry.path, path);
		if (!facility->path)
			return -ENOMEM;
		if (tree_chase(tree, facility->path, NULL)) {
			facility->state = FACILITY_MODULE;
			return 0;
		}
	}
	node = find_module_file(arena, tree, modules->directory, facility->module);
	facility->path = node ? node->entry.path : NULL;
	if (node)
		facility->state = FACILITY_NO_INDEX;
	else
		facility->state = modules->builtin ? FACILITY_ABSENT : FACILITY_UNKNOWN;
	return 0;
}

/* The directory of modules: the only one, or that of the kernel that boots. */
static const struct node *find_release(struct base *base)
{
	const struct node *modules = tree_chase(base->tree, "/usr/lib/modules", NULL);
	const struct node *found = NULL, *named = NULL;
	const char *release = base_booted_release(base);

	if (!modules)
		modules = tree_chase(base->tree, "/lib/modules", NULL);
	if (!modules)
		return NULL;
	FOREACH_CHILD(child, modules) {
		if (child->entry.type != ENTRY_DIRECTORY)
			continue;
		base->n_kernel_releases++;
		found = child;
		if (release && strcmp(child->name, release) == 0)
			named = child;
	}
	base->uname_without_modules = release && base->n_kernel_releases > 0 && !named;
	base->modules_release = found ? found->name : NULL;
	/* What .uname says may be wrong, but the kernel knows its own release. */
	return base->n_kernel_releases == 1 && !base->kernel.release ? found : named;
}

int base_read_facilities(struct arena *arena, struct base *base, struct error *error)
{
	struct modules modules = {.directory = find_release(base)};
	_cleanup_(map_freep) struct map *index = NULL, *builtin = NULL;
	int r;

	for (size_t i = 0; i < N_FACILITIES; i++)
		base->facilities[i] = (struct base_facility){.module = module_names[i],
							     .state = FACILITY_UNKNOWN};
	base->kernel_release =
		modules.directory ? modules.directory->name : base_booted_release(base);
	if (!modules.directory)
		return 0;
	r = read_index(arena, base->tree, modules.directory, "modules.dep", &index,
		       error);
	if (r == 0)
		r = read_index(arena, base->tree, modules.directory, "modules.builtin",
			       &builtin, error);
	if (r < 0)
		return r;
	modules.index = index;
	modules.builtin = builtin;
	for (size_t i = 0; i < N_FACILITIES; i++)
		if (find_facility(arena, base->tree, &modules, &base->facilities[i]) < 0)
			return error_memory(error);
	return 0;
}
