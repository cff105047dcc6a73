/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/model/unit-parts.h"

/*
 * What an initrd starts by itself: everything that initrd.target pulls in, over Wants=
 * and its like. Of these, only the units that come up behind the merge make an Upholds=
 * count: the merge is ordered before sysinit.target (257, 262), and all with default
 * dependencies come later.
 */
struct unit_reached {
	struct map *pulled_in; /* name -> non-NULL */
	const struct tree *tree;
	struct error *error;
};

/*
 * Ordered behind the merge by systemd's own units (257, 262: bootup(7), "Bootup in the
 * initrd").
 */
static const char *const late_targets[] = {
	"sysinit.target",    "basic.target",
	"initrd.target",     "initrd-root-device.target",
	"initrd-fs.target",  "initrd-root-fs.target",
	"sockets.target",    "timers.target",
	"paths.target",      "initrd-usr-fs.target",
	"network.target",    "network-online.target",
	"remote-fs.target",  "remote-fs-pre.target",
	"nss-lookup.target",
};

static const char *const pulling_keys[] = {"Wants", "Requires", "BindsTo", "Upholds"};
static const char *const pulling_directories[] = {".wants", ".requires", ".upholds"};

static int pull_in(void *context, const char *name)
{
	struct unit_reached *reached = context;
	char *copy;

	if (map_has(reached->pulled_in, name) || !unit_name_is_valid(name))
		return 0;
	copy = arena_strdup(reached->tree->arena, name);
	if (!copy || map_set(reached->pulled_in, copy, copy) < 0)
		return error_memory(reached->error);
	return 0;
}

/* Links of the base only: those of an extension come too late to be looked at. */
static int pull_in_links(struct unit_reached *reached, const char *name)
{
	int r = 0;

	for (size_t i = 0; unit_directories[i]; i++)
		for (size_t k = 0; k < ARRAY_SIZE(pulling_directories); k++) {
			char *path = arena_printf(reached->tree->arena, "%s/%s%s",
						  unit_directories[i], name,
						  pulling_directories[k]);
			const struct node *directory =
				path ? tree_chase(reached->tree, path, NULL) : NULL;

			if (!path)
				return error_memory(reached->error);
			if (!directory)
				continue;
			FOREACH_CHILD(child, directory)
				if (r == 0 && child->layer == 0)
					r = pull_in(reached, child->name);
		}
	return r;
}

static int pull_in_all(struct unit_reached *reached)
{
	/* The map grows while it is walked. */
	for (size_t i = 0; i < map_size(reached->pulled_in); i++) {
		const char *name = map_key_at(reached->pulled_in, i);
		const struct node *node = unit_find(reached->tree, name);
		struct unit_line *lines;
		size_t n_lines;
		int r;

		r = pull_in_links(reached, name);
		if (r < 0)
			return r;
		if (node && node->entry.type == ENTRY_SYMLINK) {
			r = pull_in(reached, path_name(node->entry.target));
			if (r < 0)
				return r;
		}
		if (!node || node->layer > 0)
			continue;
		r = unit_read(reached->tree, name, &lines, &n_lines, reached->error);
		for (size_t k = 0; r == 0 && k < ARRAY_SIZE(pulling_keys); k++)
			r = unit_foreach_word(lines, n_lines, "Unit", pulling_keys[k],
					      pull_in, reached);
		if (r < 0)
			return r;
	}
	return 0;
}

int unit_reached_new(const struct tree *merged, struct unit_reached **ret,
		     struct error *error)
{
	_cleanup_(unit_reached_freep) struct unit_reached *reached =
		calloc(1, sizeof(*reached));
	int r;

	if (!reached)
		return error_memory(error);
	reached->tree = merged;
	reached->error = error;
	reached->pulled_in = map_new();
	if (!reached->pulled_in)
		return error_memory(error);
	r = pull_in(reached, "initrd.target");
	if (r == 0)
		r = pull_in(reached, "default.target");
	if (r == 0)
		r = pull_in_all(reached);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(reached);
	return 0;
}

void unit_reached_free(struct unit_reached *reached)
{
	if (!reached)
		return;
	map_free(reached->pulled_in);
	free(reached);
}

enum unit_reach unit_reached_get(const struct unit_reached *reached, const char *name)
{
	struct unit_line *lines;
	size_t n_lines;

	if (!map_has(reached->pulled_in, name))
		return UNIT_REACH_NEVER;
	for (size_t i = 0; i < ARRAY_SIZE(late_targets); i++)
		if (strcmp(name, late_targets[i]) == 0)
			return UNIT_REACH_LATE;
	if (string_ends_with(name, ".target") ||
	    unit_read(reached->tree, name, &lines, &n_lines, NULL) < 0)
		return UNIT_REACH_EARLY;
	for (size_t i = 0; i < n_lines; i++)
		if (strcmp(lines[i].section, "Unit") == 0 &&
		    strcmp(lines[i].key, "DefaultDependencies") == 0 &&
		    release_boolean(lines[i].value) == 0)
			return UNIT_REACH_EARLY;
	return UNIT_REACH_LATE;
}
