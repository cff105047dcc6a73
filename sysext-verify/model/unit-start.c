/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "formats/core/strbuf.h"
#include "sysext-verify/model/facts.h"
#include "sysext-verify/model/unit-parts.h"

/* EXTENSION_RESTART_UNITS= is there since this version of systemd. */
#define SYSTEMD_RESTART_UNITS 262

struct starts {
	const struct tree *merged;
	struct units *units;
	const struct unit_reached *reached;
	unsigned systemd_version;
	bool changed; /* a unit was found to be started: look at what it starts */

	/* While the words of a line are looked at: */
	enum unit_start state;
	const char *by;
};

static struct unit *find_unit(const struct starts *starts, const char *name)
{
	for (size_t i = 0; i < starts->units->n_units; i++)
		for (const char **n = starts->units->units[i].names; *n; n++)
			if (strcmp(*n, name) == 0)
				return &starts->units->units[i];
	return NULL;
}

/* "sshd@.service" for "sshd@1.service"; NULL if it is no instance. */
static const char *template_of(struct arena *arena, const char *name)
{
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

	if (!at || !dot || dot < at || dot == at + 1)
		return NULL;
	return arena_printf(arena, "%.*s%s", (int)(at - name + 1), name, dot);
}

bool unit_start_works(enum unit_start start)
{
	return start == UNIT_START_UPHELD || start == UNIT_START_RESTARTED ||
	       start == UNIT_START_TRIGGERED;
}

static void mark(struct starts *starts, struct unit *unit, enum unit_start state,
		 const char *by)
{
	if (state <= unit->start)
		return;
	if (unit_start_works(state) && !unit_start_works(unit->start)) {
		starts->units->n_started++;
		starts->changed = true;
	}
	unit->start = state;
	unit->started_by = by;
}

static int mark_word(void *context, const char *word)
{
	struct starts *starts = context;
	struct unit *unit = find_unit(starts, word);
	const char *template = NULL;

	if (!unit) {
		template = template_of(starts->merged->arena, word);
		unit = template ? find_unit(starts, template) : NULL;
	}
	if (unit)
		mark(starts, unit, starts->state, starts->by);
	return 0;
}

/*
 * What it means that @holder, which may be a unit of the extension itself, upholds
 * something.
 */
static enum unit_start state_of_holder(const struct starts *starts, const char *holder)
{
	const struct unit *unit = find_unit(starts, holder);

	if (unit)
		return unit_start_works(unit->start) ? UNIT_START_TRIGGERED
						     : UNIT_START_NOTHING;
	if (!starts->units->reload_manager)
		return UNIT_START_NO_RELOAD;
	switch (unit_reached_get(starts->reached, holder)) {
	case UNIT_REACH_LATE:
		return UNIT_START_UPHELD;
	case UNIT_REACH_EARLY:
		return UNIT_START_EARLY;
	default:
		return UNIT_START_UNREACHED;
	}
}

/* PID 1 made up its mind about the units of the base before the merge. */
static enum unit_start state_of_wanter(const struct starts *starts, const char *holder)
{
	if (find_unit(starts, holder))
		return state_of_holder(starts, holder);
	return unit_reached_get(starts->reached, holder) == UNIT_REACH_NEVER
		       ? UNIT_START_WANTS_ELSEWHERE
		       : UNIT_START_WANTS_ONLY;
}

/* "basic.target" for the directory "basic.target.upholds"; NULL if it ends otherwise. */
static const char *holder_of(struct arena *arena, const struct node *directory,
			     const char *suffix)
{
	if (!string_ends_with(directory->name, suffix))
		return NULL;
	return arena_strndup(arena, directory->name,
			     strlen(directory->name) - strlen(suffix));
}

static void look_at_link(struct starts *starts, const struct node *link)
{
	struct arena *arena = starts->merged->arena;
	const struct node *directory = link->parent;
	const char *holder;

	if (!directory || !directory->parent || !unit_is_file(directory))
		return;
	starts->by = link->entry.path;
	holder = holder_of(arena, directory, ".upholds");
	if (holder) {
		starts->state = state_of_holder(starts, holder);
		(void)mark_word(starts, link->name);
		return;
	}
	holder = holder_of(arena, directory, ".wants");
	if (!holder)
		holder = holder_of(arena, directory, ".requires");
	if (!holder)
		return;
	starts->state = state_of_wanter(starts, holder);
	(void)mark_word(starts, link->name);
}

/* Drop-ins of an extension for a unit of the base: DIRECTORY/basic.target.d/x.conf. */
static int look_at_drop_in(struct starts *starts, const struct node *file,
			   struct error *error)
{
	struct unit_line *lines;
	size_t n_lines;
	const char *holder;
	int r;

	if (!string_ends_with(file->name, ".conf") || !file->parent ||
	    !unit_is_file(file->parent) ||
	    !(holder = holder_of(starts->merged->arena, file->parent, ".d")))
		return 0;
	r = node_lines(starts->merged, file, &lines, &n_lines, NULL);
	if (r < 0)
		return r == -ENOMEM ? error_memory(error) : 0;
	starts->by = file->entry.path;
	starts->state = state_of_holder(starts, holder);
	return unit_foreach_word(lines, n_lines, "Unit", "Upholds", mark_word, starts);
}

static int look_at_tree(struct starts *starts, struct error *error)
{
	int r = 0;

	TREE_FOREACH(node, starts->merged) {
		if (r == 0 && node->layer > 0 && node->entry.type == ENTRY_SYMLINK)
			look_at_link(starts, node);
		if (r == 0 && node->layer > 0 && node->entry.type == ENTRY_FILE)
			r = look_at_drop_in(starts, node, error);
	}
	return r;
}

/*
 * A socket, path or timer unit starts the unit that it names, or the service of its own
 * name.
 */
static int follow_trigger(struct starts *starts, const struct unit *unit)
{
	static const struct {
		const char *suffix, *section, *key;
	} triggers[] = {{".socket", "Socket", "Service"},
			{".path", "Path", "Unit"},
			{".timer", "Timer", "Unit"}};
	struct arena *arena = starts->merged->arena;

	for (size_t i = 0; i < ARRAY_SIZE(triggers); i++) {
		const char *suffix = triggers[i].suffix;
		size_t stem = strlen(unit->name) - strlen(suffix);
		const char *service, *template;

		if (!string_ends_with(unit->name, suffix))
			continue;
		service = arena_printf(arena, "%.*s.service", (int)stem, unit->name);
		template = arena_printf(arena, "%.*s@.service", (int)stem, unit->name);
		if (!service || !template)
			return -ENOMEM;
		(void)mark_word(starts, service);
		(void)mark_word(starts, template);
		return unit_foreach_word(unit->lines, unit->n_lines, triggers[i].section,
					 triggers[i].key, mark_word, starts);
	}
	return 0;
}

static int follow(struct starts *starts, const struct unit *unit)
{
	static const char *const keys[] = {"Wants", "Requires", "BindsTo", "Upholds"};
	int r = 0;

	starts->state = UNIT_START_TRIGGERED;
	starts->by = unit->name;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(keys); i++)
		r = unit_foreach_word(unit->lines, unit->n_lines, "Unit", keys[i],
				      mark_word, starts);
	return r < 0 ? r : follow_trigger(starts, unit);
}

static int mark_list(struct starts *starts, const char *list, const char *key)
{
	bool old = starts->systemd_version > 0 &&
		   starts->systemd_version < SYSTEMD_RESTART_UNITS;
	struct unit_line line = {.section = "Unit", .key = key, .value = list};

	if (!list)
		return 0;
	starts->state = old ? UNIT_START_OLD_SYSTEMD : UNIT_START_RESTARTED;
	starts->by = key;
	return unit_foreach_word(&line, 1, "Unit", key, mark_word, starts);
}

static int mark_restarted(struct starts *starts, const struct release *release)
{
	int r = mark_list(starts, release->restart_units, "EXTENSION_RESTART_UNITS");

	return r < 0 ? r
		     : mark_list(starts, release->reload_or_restart_units,
				 "EXTENSION_RELOAD_OR_RESTART_UNITS");
}

/* 262: naming a unit to be restarted asks for the reload too. */
static bool asks_for_reload(const struct release *release, unsigned systemd_version)
{
	if (release_boolean(release->reload_manager) == 1)
		return true;
	return systemd_version >= SYSTEMD_RESTART_UNITS &&
	       ((release->restart_units && *release->restart_units) ||
		(release->reload_or_restart_units && *release->reload_or_restart_units));
}

int unit_find_starts(const struct tree *merged, const struct release *const *releases,
		     size_t n_releases, unsigned systemd_version, struct units *units,
		     struct error *error)
{
	_cleanup_(unit_reached_freep) struct unit_reached *reached = NULL;
	struct starts starts = {
		.merged = merged, .units = units, .systemd_version = systemd_version};
	int r;

	if (units->n_units == 0)
		return 0;
	r = unit_reached_new(merged, &reached, error);
	starts.reached = reached;
	for (size_t i = 0; r == 0 && i < n_releases; i++) {
		units->reload_manager |= asks_for_reload(releases[i], systemd_version);
		r = mark_restarted(&starts, releases[i]);
	}
	if (r < 0)
		return error_memory(error);
	do {
		starts.changed = false;
		r = look_at_tree(&starts, error);
		for (size_t i = 0; r == 0 && i < units->n_units; i++)
			if (unit_start_works(units->units[i].start))
				r = follow(&starts, &units->units[i]);
	} while (r == 0 && starts.changed);
	return r < 0 ? error_memory(error) : 0;
}
