/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The release file and the links that start units after the merge.
 *
 * What works in an initrd from systemd 257 to 262 (sysext/sysext.c): PID 1 reloads
 * because the release file says EXTENSION_RELOAD_MANAGER=1, and a target that is reached
 * later upholds the unit. .wants/ directories are read before the merge and start
 * nothing.
 */

#include <string.h>

#include "formats/core/path.h"
#include "formats/core/strbuf.h"
#include "sysext-build/stages.h"

#define UNIT_DIRECTORY "usr/lib/systemd/system"

static const char *const unit_directories[] = {"etc/systemd/system", "run/systemd/system",
					       UNIT_DIRECTORY};

/* In double quotes as os-release(5) has them, which never changes what the value is. */
static void add_assignment(struct strbuf *text, const char *key, const char *value)
{
	if (!value)
		return;
	strbuf_addf(text, "%s=\"", key);
	for (const char *c = value; *c; c++) {
		if (strchr("\"\\$`", *c))
			strbuf_add_char(text, '\\');
		strbuf_add_char(text, *c);
	}
	strbuf_add_string(text, "\"\n");
}

static char *release_text(const struct identity *identity, bool reload)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	add_assignment(&text, "ID", identity->id);
	add_assignment(&text, "VERSION_ID", identity->version_id);
	add_assignment(&text, "SYSEXT_LEVEL", identity->level);
	add_assignment(&text, "SYSEXT_SCOPE", identity->scope);
	add_assignment(&text, "ARCHITECTURE", identity->architecture);
	if (reload)
		strbuf_add_string(&text, "EXTENSION_RELOAD_MANAGER=1\n");
	return strbuf_take(&text);
}

static int add_made(struct selection *selection, struct entry *entry, const char *reason,
		    struct error *error)
{
	struct shipped what = {.reason = reason, .origin = ORIGIN_ACTIVATE};
	const char *path = entry->path;
	int r;

	what.source = arena_printf(selection->arena, "'%s'", path);
	if (!what.source)
		return error_memory(error);
	r = selection_map_path(selection, path, &entry->path, error);
	if (r < 0)
		return r;
	if (map_has(selection->shipped, entry->path))
		return error_set(
			error, -EEXIST,
			"cannot make '%s': %s has it already, but it is made from "
			"the manifest",
			path,
			((struct shipped *)map_get(selection->shipped, entry->path))
				->source);
	return selection_add(selection, entry, &what, error);
}

static int add_release(const struct manifest *manifest, const struct identity *identity,
		       struct selection *selection, struct error *error)
{
	_cleanup_(source_unrefp) struct source *content = NULL;
	struct entry entry = {.type = ENTRY_FILE, .mode = 0644};
	char *text = release_text(identity, manifest->starts.n_items > 0);

	if (!text)
		return error_memory(error);
	entry.size = strlen(text);
	content = source_take_memory(text, entry.size);
	entry.content = content;
	entry.path = arena_printf(selection->arena,
				  "usr/lib/extension-release.d/extension-release.%s",
				  identity->name);
	if (!content || !entry.path)
		return error_memory(error);
	return add_made(selection, &entry, "what systemd matches with the base", error);
}

/*
 * The file of a unit or, of an instance, of its template: foo@bar.service is
 * foo@.service.
 */
static const char *file_of_unit(struct arena *arena, const char *unit)
{
	const char *at = strchr(unit, '@'), *dot = strrchr(unit, '.');

	if (!at || !dot || dot < at)
		return unit;
	return arena_printf(arena, "%.*s%s", (int)(at + 1 - unit), unit, dot);
}

static int find_unit(const struct manifest_item *item, struct selection *selection,
		     struct error *error)
{
	struct arena *arena = selection->arena;
	const char *names[] = {item->value, file_of_unit(arena, item->value)};

	if (!names[1])
		return error_memory(error);
	for (size_t d = 0; d < ARRAY_SIZE(unit_directories); d++) {
		for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
			const char *path =
				arena_path_join(arena, unit_directories[d], names[n]);

			if (!path)
				return error_memory(error);
			if (tree_get(selection->tree, path) ||
			    tree_chase(selection->base->tree, path, NULL))
				return 0;
		}
	}
	return error_set(error, -ENODATA,
			 "unit '%s' is neither in the extension nor in base '%s'",
			 item->value, selection->base->path);
}

static int add_link(const struct manifest *manifest, const struct manifest_item *item,
		    struct selection *selection, struct error *error)
{
	struct arena *arena = selection->arena;
	struct entry entry = {.type = ENTRY_SYMLINK, .mode = 0777};
	const char *reason = arena_printf(arena, "starts %s when %s is reached",
					  item->value, manifest->target.value);
	int r;

	r = find_unit(item, selection, error);
	if (r < 0)
		return r;
	entry.path = arena_printf(arena, UNIT_DIRECTORY "/%s.upholds/%s",
				  manifest->target.value, item->value);
	entry.target = arena_printf(arena, "../%s", file_of_unit(arena, item->value));
	if (!reason || !entry.path || !entry.target)
		return error_memory(error);
	return add_made(selection, &entry, reason, error);
}

int activate(const struct manifest *manifest, const struct identity *identity,
	     struct selection *selection, struct error *error)
{
	int r;

	r = add_release(manifest, identity, selection, error);
	for (size_t i = 0; r == 0 && i < manifest->starts.n_items; i++) {
		const struct manifest_item *item = &manifest->starts.items[i];

		r = add_link(manifest, item, selection, error);
		if (r < 0)
			return error_wrap(error, r, "manifest '%s': line %u: 'Start='",
					  manifest->path, item->line);
	}
	return r;
}
