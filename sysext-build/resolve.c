/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "sysext-build/closure.h"
#include "sysext-build/stages.h"
#include "sysext-verify/model/objects.h"
#include "sysext-verify/model/units.h"

/* One pass over what is selected by now. */
struct pass {
	const struct manifest *manifest;
	struct donor *donor;
	struct selection *selection;
	struct arena *arena; /* of this pass */
	const struct tree *merged;
};

static bool is_selected(void *context, const struct node *node)
{
	return node->layer > 0;
}

/* "needed by usr/sbin/sshd (libwrap.so.0)" */
static const char *reason_for(const struct pass *pass, const struct need *need)
{
	return arena_printf(pass->selection->arena, "needed by %s (%s)",
			    need->user->entry.path, need->name);
}

/* Why what the donor does have was not taken: an Exclude= of the manifest. */
static int refuse_excluded(const struct pass *pass, const struct need *need,
			   const char *path, struct error *error)
{
	unsigned line = selection_excluded(pass->selection, path);

	if (line == 0)
		return error_set(error, -ENODATA,
				 "'%s' needs '%s', which '%s' of the donor does not help",
				 need->user->entry.path, need->name, path);
	return error_set(error, -ENODATA,
			 "'%s' needs '%s', but manifest '%s' excludes '/%s' in line %u",
			 need->user->entry.path, need->name, pass->manifest->path, path,
			 line);
}

static int is_shipped(const struct pass *pass, const char *path, bool *ret,
		      struct error *error)
{
	int r;

	r = donor_canonical(pass->donor, path, &path, error);
	if (r == 0)
		r = selection_map_path(pass->selection, path, &path, error);
	if (r == 0)
		*ret = map_has(pass->selection->shipped, path);
	return r;
}

static int ship_needed(const struct pass *pass, const struct need *need, const char *path,
		       struct error *error)
{
	const char *reason = reason_for(pass, need);
	size_t before = map_size(pass->selection->shipped);
	bool shipped = true;
	int r;

	if (!reason)
		return error_memory(error);
	r = donor_ship(pass->donor, pass->selection, path, ORIGIN_NEEDED, reason, error);
	/* Another need of this pass may have brought it already. */
	if (r == 0 && map_size(pass->selection->shipped) == before)
		r = is_shipped(pass, path, &shipped, error);
	if (r < 0)
		return error_wrap(error, r, "'%s' needs '%s'", need->user->entry.path,
				  need->name);
	return shipped ? 0 : refuse_excluded(pass, need, path_relative(path), error);
}

static int add_library(const struct pass *pass, const struct need *need,
		       struct error *error)
{
	const char *path, *looked_in;
	int r;

	r = closure_find_library(pass->arena, pass->donor, pass->merged, need, &path,
				 &looked_in, error);
	if (r < 0)
		return r;
	if (!path)
		return error_set(error, -ENODATA,
				 "'%s' needs library '%s', which neither base '%s' nor "
				 "donor '%s' has in %s%s",
				 need->user->entry.path, need->name,
				 pass->selection->base->path, pass->donor->path,
				 looked_in,
				 need->wrong_machine ? " for this architecture" : "");
	return ship_needed(pass, need, path, error);
}

static int add_interpreter(const struct pass *pass, const struct need *need,
			   struct error *error)
{
	bool there;
	int r;

	r = donor_has(pass->donor, need->name, &there, error);
	if (r < 0)
		return r;
	if (!there)
		return error_set(
			error, -ENODATA,
			"'%s' needs interpreter '%s', which neither base '%s' nor "
			"donor '%s' has",
			need->user->entry.path, need->name, pass->selection->base->path,
			pass->donor->path);
	return ship_needed(pass, need, need->name, error);
}

static int satisfy(const struct pass *pass, const struct need *need, struct error *error)
{
	switch (need->kind) {
	case NEED_LIBRARY:
		return add_library(pass, need, error);
	case NEED_VERSION:
		return error_set(
			error, -ENODATA,
			"'%s' needs version '%s' of library '%s', which that of "
			"base '%s' does not define; must come from a donor of the "
			"base's own release",
			need->user->entry.path, need->name, need->library,
			pass->selection->base->path);
	default:
		return add_interpreter(pass, need, error);
	}
}

static int resolve_objects(const struct pass *pass, struct error *error)
{
	_cleanup_(map_freep) struct map *done = map_new();
	struct objects objects;
	int r;

	if (!done)
		return error_memory(error);
	r = objects_resolve(pass->merged, is_selected, NULL, &objects, error);
	for (size_t i = 0; r == 0 && i < objects.n_needs; i++) {
		const struct need *need = &objects.needs[i];

		if (need->provider || map_has(done, need->name))
			continue;
		r = satisfy(pass, need, error);
		if (r == 0 && map_set(done, need->name, (void *)need) < 0)
			r = error_memory(error);
	}
	return r;
}

static bool is_started(const struct manifest *manifest, const char *unit)
{
	for (size_t i = 0; i < manifest->starts.n_items; i++)
		if (strcmp(manifest->starts.items[i].value, unit) == 0)
			return true;
	return false;
}

/*
 * A program of a unit: added where the donor has it; its lack is an error where Start=
 * wants the unit.
 */
static int add_program(const struct pass *pass, const struct unit_exec *exec,
		       struct error *error)
{
	struct need need = {.user = exec->unit->node, .name = exec->program};
	struct arena *arena = pass->selection->arena;
	const char *path, *reason;
	int r;

	r = closure_find_program(pass->arena, pass->donor, exec->program, &path, error);
	if (r < 0)
		return r;
	if (path && !selection_excluded(pass->selection, path_relative(path)))
		return ship_needed(pass, &need, path, error);
	if (!exec->may_fail && is_started(pass->manifest, exec->unit->name))
		return path ? refuse_excluded(pass, &need, path_relative(path), error)
			    : error_set(error, -ENODATA,
					"'%s' runs '%s' (%s= in line %u), which neither "
					"base '%s' nor donor '%s' has",
					exec->unit->node->entry.path, exec->program,
					exec->key, exec->line,
					pass->selection->base->path, pass->donor->path);
	path = arena_strdup(arena, path_relative(exec->program));
	reason = arena_printf(arena, "named by %s, neither base nor donor has it",
			      exec->unit->name);
	if (!path || !reason)
		return error_memory(error);
	return selection_mention(pass->selection, path, reason, error);
}

static int resolve_units(const struct pass *pass, struct error *error)
{
	struct units units;
	int r;

	r = units_read(pass->merged, NULL, 0, pass->selection->base->systemd_version,
		       &units, error);
	for (size_t i = 0; r == 0 && i < units.n_execs; i++)
		if (!units.execs[i].provider && units.execs[i].unit->node->layer > 0 &&
		    *units.execs[i].program)
			r = add_program(pass, &units.execs[i], error);
	return r;
}

static int resolve_helpers(const struct pass *pass, struct error *error)
{
	int r = 0;

	/* What is added here is searched too: the map grows while this walks over it. */
	for (size_t i = 0; r == 0 && i < map_size(pass->selection->shipped); i++) {
		struct shipped *shipped = map_value_at(pass->selection->shipped, i);

		if (shipped->searched)
			continue;
		shipped->searched = true;
		r = closure_add_helpers(pass->donor, pass->selection, pass->merged,
					shipped, error);
	}
	return r;
}

static int run_pass(const struct manifest *manifest, struct donor *donor,
		    struct selection *selection, struct error *error)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(tree_freep) struct tree *merged = NULL;
	struct pass pass = {.manifest = manifest,
			    .donor = donor,
			    .selection = selection,
			    .arena = arena};
	int r;

	if (!arena)
		return error_memory(error);
	r = selection_merge(selection, arena, &merged, error);
	if (r < 0)
		return r;
	pass.merged = merged;
	r = resolve_objects(&pass, error);
	if (r == 0)
		r = resolve_units(&pass, error);
	return r < 0 ? r : resolve_helpers(&pass, error);
}

int resolve(const struct manifest *manifest, struct donor *donor,
	    struct selection *selection, struct error *error)
{
	size_t before;
	int r;

	do {
		before = map_size(selection->shipped);
		r = run_pass(manifest, donor, selection, error);
		if (r < 0)
			return error_wrap(error, r, "cannot complete the extension");
	} while (map_size(selection->shipped) > before);
	return 0;
}
