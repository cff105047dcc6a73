/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-build/donor.h"

#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "sysext-verify/model/overlay.h"

int donor_open(struct arena *arena, const char *path, struct donor **ret,
	       struct error *error)
{
	_cleanup_(donor_freep) struct donor *donor = calloc(1, sizeof(*donor));
	int r;

	if (!donor)
		return error_memory(error);
	donor->path = path;
	donor->arena = arena;
	donor->owners = map_new();
	if (!donor->owners)
		return error_memory(error);
	r = directory_open(path, &donor->directory, error);
	if (r < 0)
		return error_wrap(error, r, "donor '%s'", path);
	*ret = TAKE_PTR(donor);
	return 0;
}

void donor_free(struct donor *donor)
{
	if (!donor)
		return;
	map_free(donor->owners);
	directory_free(donor->directory);
	free(donor);
}

static int resolve_link(struct donor *donor, const char *path, const char **ret,
			struct error *error)
{
	_cleanup_free_ char *resolved = NULL;
	const char *copy;
	int r;

	r = directory_resolve(donor->directory, path_relative(path), &resolved, error);
	if (r < 0)
		return r;
	copy = arena_strdup(donor->arena, resolved);
	if (!copy)
		return error_memory(error);
	*ret = copy;
	return 0;
}

int donor_canonical(struct donor *donor, const char *path, const char **ret,
		    struct error *error)
{
	const char *relative = path_relative(path), *name = path_name(relative);
	const char *directory, *canonical;
	int r;

	if (strcmp(name, "..") == 0 || strcmp(name, ".") == 0 || *name == 0)
		return resolve_link(donor, path, ret, error);
	directory = arena_strndup(donor->arena, relative, path_parent_size(relative));
	if (!directory)
		return error_memory(error);
	r = resolve_link(donor, directory, &directory, error);
	if (r < 0)
		return r;
	canonical = arena_path_join(donor->arena, directory, name);
	if (!canonical)
		return error_memory(error);
	*ret = canonical;
	return 0;
}

/*
 * Whether an error means that there is nothing at the path, as against that the donor is
 * broken.
 */
static bool is_absence(int code)
{
	return code == -ENODATA || code == -ELOOP || code == -ENOTDIR ||
	       code == -ENOENT || code == -ENAMETOOLONG || code == -E2BIG;
}

int donor_has(struct donor *donor, const char *path, bool *ret, struct error *error)
{
	_cleanup_free_ char *resolved = NULL;
	int r;

	r = directory_resolve(donor->directory, path_relative(path), &resolved, error);
	if (r < 0 && !is_absence(r))
		return error_wrap(error, r, "donor '%s'", donor->path);
	*ret = r == 0;
	return 0;
}

int donor_owner(struct donor *donor, const char *path, const char **ret,
		struct error *error)
{
	const char *owner = map_get(donor->owners, path), *key;
	int r;

	if (!owner) {
		r = package_owner(donor->arena, donor->directory, path, &owner, error);
		if (r < 0 && !is_absence(r))
			return r;
		if (r < 0 || !owner)
			owner = "";
		key = arena_strdup(donor->arena, path);
		if (!key || map_set(donor->owners, key, (char *)owner) < 0)
			return error_memory(error);
	}
	*ret = *owner ? owner : NULL;
	return 0;
}

struct shipment {
	struct donor *donor;
	struct selection *selection;
	enum origin origin;
	const char *reason;
	unsigned depth; /* links followed, or directories entered */
};

static int ship(const struct shipment *shipment, const char *path, struct error *error);

/* Where a link in @directory that says @target leads to, one step. */
static int next_hop(struct donor *donor, const char *link, const char *target,
		    const char **ret, struct error *error)
{
	const char *path = target;

	if (*target != '/') {
		path = arena_printf(donor->arena, "%.*s/%s", (int)path_parent_size(link),
				    link, target);
		if (!path)
			return error_memory(error);
	}
	return donor_canonical(donor, path, ret, error);
}

static int add(const struct shipment *shipment, const char *path, struct entry *entry,
	       struct error *error)
{
	struct arena *arena = shipment->donor->arena;
	struct shipped what = {.donor_path = path,
			       .reason = shipment->reason,
			       .origin = shipment->origin};
	int r;

	what.source = arena_printf(arena, "'/%s' of the donor", path);
	if (!what.source)
		return error_memory(error);
	r = selection_map_path(shipment->selection, path, &entry->path, error);
	if (r < 0)
		return r;
	return selection_add(shipment->selection, entry, &what, error);
}

/*
 * A link is shipped with what it leads to. Where the next step lies outside /usr and
 * /opt, the link is made to lead to the end of the chain; a chain that ends outside stays
 * as it is.
 */
static int ship_link(const struct shipment *shipment, const char *path,
		     struct entry *entry, struct error *error)
{
	struct donor *donor = shipment->donor;
	struct shipment next = *shipment;
	const char *hop = NULL, *end = NULL, *target = entry->target;
	int r;

	if (shipment->depth >= LIMIT_LINKS)
		return error_set(error, -ELOOP, "'/%s' of the donor is a loop of links",
				 path);
	r = next_hop(donor, path, target, &hop, error);
	if (r == 0)
		r = resolve_link(donor, path, &end, error);
	if (r < 0 && !is_absence(r))
		return r;
	if (r == 0 && !overlay_covers(hop) && overlay_covers(end)) {
		entry->target = arena_printf(donor->arena, "/%s", end);
		hop = end;
		if (!entry->target)
			return error_memory(error);
	}
	r = add(shipment, path, entry, error);
	entry->target = target;
	if (r < 0 || !hop || !end || !overlay_covers(hop))
		return r;
	next.depth++;
	if (shipment->origin != ORIGIN_NEEDED) {
		next.origin = ORIGIN_NEEDED;
		next.reason = arena_printf(donor->arena, "target of %s", path);
		if (!next.reason)
			return error_memory(error);
	}
	return ship(&next, hop, error);
}

static int ship_directory(const struct shipment *shipment, const char *path,
			  struct entry *entry, struct error *error)
{
	_cleanup_free_ char **names = NULL;
	struct shipment next = *shipment;
	int r;

	if (shipment->depth >= LIMIT_TREE_DEPTH)
		return error_set(error, -E2BIG, "'/%s' of the donor is nested too deep",
				 path);
	r = add(shipment, path, entry, error);
	/* What a package or a link happens to name is not meant with all that it holds.
	 */
	if (r < 0 || shipment->origin != ORIGIN_FILES)
		return r;
	r = directory_list(shipment->donor->directory, path, &names, error);
	next.depth++;
	for (size_t i = 0; r == 0 && names[i]; i++) {
		const char *child =
			arena_path_join(shipment->donor->arena, path, names[i]);

		r = child ? ship(&next, child, error) : error_memory(error);
	}
	return r;
}

/* @path has no link in its directories. */
static int ship(const struct shipment *shipment, const char *path, struct error *error)
{
	_cleanup_(directory_entry_freep) struct entry *entry = NULL;
	int r;

	r = directory_lookup(shipment->donor->directory, path, &entry, error);
	if (r < 0)
		return error_wrap(error, r, "'/%s' of the donor", path);
	if (entry->type == ENTRY_SYMLINK)
		return ship_link(shipment, path, entry, error);
	if (entry->type == ENTRY_DIRECTORY)
		return ship_directory(shipment, path, entry, error);
	if (entry->type != ENTRY_FILE)
		return error_set(error, -EINVAL,
				 "cannot ship '/%s' of the donor (%s): is a %s", path,
				 shipment->reason, entry_type_name(entry->type));
	return add(shipment, path, entry, error);
}

int donor_ship(struct donor *donor, struct selection *selection, const char *path,
	       enum origin origin, const char *reason, struct error *error)
{
	const struct shipment shipment = {.donor = donor,
					  .selection = selection,
					  .origin = origin,
					  .reason = reason};
	const char *canonical;
	int r;

	r = donor_canonical(donor, path, &canonical, error);
	if (r < 0)
		return r;
	return ship(&shipment, canonical, error);
}
