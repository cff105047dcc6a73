/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "sysext-build/stages.h"

/* What nobody reads in an initrd. */
static const char *const documentation[] = {
	"usr/share/doc",    "usr/share/man",     "usr/share/info",
	"usr/share/locale", "usr/share/lintian", "usr/share/bug",
};

static bool is_documentation(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(documentation); i++)
		if (path_is_below(path, documentation[i]))
			return true;
	return false;
}

struct tree_source {
	const struct manifest_item *item;
	const char *root; /* for messages */
	struct selection *selection;
};

static int add_from_tree(void *context, const struct entry *entry, struct error *error)
{
	const struct tree_source *source = context;
	struct arena *arena = source->selection->arena;
	struct shipped what = {.origin = ORIGIN_TREE};
	struct entry copy = *entry;
	int r;

	/*
	 * The roots of the hierarchies, and what is above them, are only there to hold
	 * them.
	 */
	if (*entry->path == 0 ||
	    (entry->type == ENTRY_DIRECTORY &&
	     (strcmp(entry->path, "usr") == 0 || strcmp(entry->path, "opt") == 0)))
		return 0;
	what.source = arena_printf(arena, "'%s/%s'", source->root, entry->path);
	what.reason = arena_printf(arena, "Tree=%s", source->item->value);
	if (!what.source || !what.reason)
		return error_memory(error);
	if (entry->type == ENTRY_SOCKET || entry->type == ENTRY_FIFO)
		return error_set(error, -EINVAL, "cannot ship %s: is a %s", what.source,
				 entry_type_name(entry->type));
	r = selection_map_path(source->selection, entry->path, &copy.path, error);
	if (r < 0)
		return r;
	return selection_add(source->selection, &copy, &what, error);
}

static int gather_tree(const struct manifest *manifest, const struct manifest_item *item,
		       struct selection *selection, struct error *error)
{
	struct tree_source source = {.item = item, .selection = selection};
	const struct entry_visitor visitor = {.add = add_from_tree, .context = &source};

	source.root = *item->value == '/'
			      ? item->value
			      : arena_path_join(selection->arena, manifest->directory,
						item->value);
	if (!source.root)
		return error_memory(error);
	return directory_read(source.root, &visitor, error);
}

static int gather_file(const struct manifest_item *item, struct donor *donor,
		       struct selection *selection, struct error *error)
{
	const char *reason = arena_printf(selection->arena, "Files=%s", item->value);

	if (!reason)
		return error_memory(error);
	return donor_ship(donor, selection, item->value, ORIGIN_FILES, reason, error);
}

/* A package's directory matters only where it is empty: the others come with their files.
 */
static int is_wanted(struct donor *donor, const char *path, bool *ret,
		     struct error *error)
{
	_cleanup_(directory_entry_freep) struct entry *entry = NULL;
	_cleanup_free_ char **names = NULL;
	int r;

	r = directory_lookup(donor->directory, path, &entry, error);
	/* dpkg's list has what the package brought; a file may be diverted or gone since.
	 */
	if (r == -ENODATA) {
		*ret = false;
		return 0;
	}
	if (r < 0)
		return r;
	*ret = entry->type == ENTRY_FILE || entry->type == ENTRY_SYMLINK;
	if (entry->type != ENTRY_DIRECTORY)
		return 0;
	r = directory_list(donor->directory, path, &names, error);
	if (r < 0)
		return r;
	*ret = !names[0];
	return 0;
}

static int gather_path(const char *path, const char *reason, struct donor *donor,
		       struct selection *selection, struct error *error)
{
	const char *canonical;
	bool wanted;
	int r;

	r = donor_canonical(donor, path, &canonical, error);
	if (r == -ENODATA)
		return 0;
	if (r < 0)
		return r;
	r = is_wanted(donor, canonical, &wanted, error);
	if (r < 0 || !wanted)
		return r;
	if (is_documentation(canonical))
		return selection_omit(selection, canonical, "documentation", error);
	return donor_ship(donor, selection, canonical, ORIGIN_PACKAGE, reason, error);
}

static int gather_package(const struct manifest_item *item, struct donor *donor,
			  struct selection *selection, struct error *error)
{
	const char *reason = arena_printf(selection->arena, "package %s", item->value);
	struct package *package;
	int r;

	if (!reason)
		return error_memory(error);
	r = package_read(selection->arena, donor->directory, item->value, &package,
			 error);
	for (size_t i = 0; r == 0 && i < package->n_paths; i++)
		r = gather_path(package->paths[i], reason, donor, selection, error);
	return r;
}

/*
 * In the order of who wins: what the user wrote, what the user named, what a package
 * brings.
 */
int gather(const struct manifest *manifest, struct donor *donor,
	   struct selection *selection, struct error *error)
{
	const struct manifest_item *item = NULL;
	const char *key = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < manifest->trees.n_items; i++) {
		item = &manifest->trees.items[i];
		key = "Tree";
		r = gather_tree(manifest, item, selection, error);
	}
	for (size_t i = 0; r == 0 && i < manifest->files.n_items; i++) {
		item = &manifest->files.items[i];
		key = "Files";
		r = gather_file(item, donor, selection, error);
	}
	for (size_t i = 0; r == 0 && i < manifest->packages.n_items; i++) {
		item = &manifest->packages.items[i];
		key = "Packages";
		r = gather_package(item, donor, selection, error);
	}
	if (r < 0)
		return error_wrap(error, r, "manifest '%s': line %u: '%s=%s'",
				  manifest->path, item->line, key, item->value);
	return 0;
}
