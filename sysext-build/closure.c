/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-build/closure.h"

#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "formats/core/strbuf.h"
#include "sysext-verify/model/units.h"

struct search {
	struct arena *arena;
	struct donor *donor;
	const struct need *need;
	const char *found;
	struct strbuf looked_in;
};

/* The file that @path leads to, or NULL. */
static int look_up(struct donor *donor, const char *path, struct entry **ret,
		   struct error *error)
{
	_cleanup_free_ char *resolved = NULL;
	bool there;
	int r;

	*ret = NULL;
	r = donor_has(donor, path, &there, error);
	if (r < 0 || !there)
		return r;
	r = directory_resolve(donor->directory, path_relative(path), &resolved, error);
	return r < 0 ? r : directory_lookup(donor->directory, resolved, ret, error);
}

static int look_at(struct search *search, const char *path, struct error *error)
{
	_cleanup_(directory_entry_freep) struct entry *entry = NULL;
	struct elfinfo *info = NULL;
	struct error why = ERROR_INIT;
	int r;

	r = look_up(search->donor, path, &entry, error);
	if (r < 0 || !entry || entry->type != ENTRY_FILE)
		return r;
	r = elfinfo_read(search->arena, entry->content, &info, &why);
	if (r < 0 && !error_is_input(r)) {
		if (error)
			*error = why;
		return error_wrap(error, r, "'%s' of the donor", path);
	}
	/* Broken, a linker script, another machine: ld.so passes over it. */
	if (r == 0 && elf_same_machine(info, search->need->user->elf))
		search->found = path;
	return 0;
}

static int look_in(struct search *search, const char *directory, size_t size,
		   struct error *error)
{
	const char *path = arena_printf(search->arena, "%.*s/%s", (int)size, directory,
					search->need->name);

	if (!path)
		return error_memory(error);
	if (search->looked_in.size > 0)
		strbuf_add_string(&search->looked_in, ", ");
	strbuf_add(&search->looked_in, directory, size);
	return look_at(search, path, error);
}

/* ld.so(8), "Dynamic string tokens". */
static int look_in_list(struct search *search, const char *list, struct error *error)
{
	static const char *const tokens[] = {"$ORIGIN", "${ORIGIN}"};
	const char *user = search->need->user->entry.path;
	int r = 0;

	while (r == 0 && !search->found && list && *list) {
		size_t size = strcspn(list, ":"), skip = 0;
		const char *directory;

		for (size_t i = 0; i < ARRAY_SIZE(tokens) && skip == 0; i++)
			if (string_starts_with(list, tokens[i]))
				skip = strlen(tokens[i]);
		directory = arena_printf(search->arena, "%s%.*s%.*s", skip ? "/" : "",
					 skip ? (int)path_parent_size(user) : 0, user,
					 (int)(size - skip), list + skip);
		if (!directory)
			return error_memory(error);
		if (*directory == '/')
			r = look_in(search, directory, strlen(directory), error);
		list += size + (list[size] == ':');
	}
	return r;
}

int closure_find_library(struct arena *arena, struct donor *donor,
			 const struct tree *merged, const struct need *need,
			 const char **ret, const char **ret_looked_in,
			 struct error *error)
{
	const char *const *directories = objects_library_directories(merged);
	const struct elfinfo *user = need->user->elf;
	struct search search = {.arena = arena, .donor = donor, .need = need};
	const char *looked_in;
	int r = 0;

	if (strchr(need->name, '/')) {
		r = look_at(&search, need->name, error);
	} else {
		r = look_in_list(&search, user->runpath ? user->runpath : user->rpath,
				 error);
		for (size_t i = 0; r == 0 && !search.found && directories[i]; i++)
			r = look_in(&search, directories[i], strlen(directories[i]),
				    error);
	}
	looked_in = arena_strdup(arena, strbuf_text(&search.looked_in));
	strbuf_done(&search.looked_in);
	if (r < 0)
		return r;
	if (!looked_in)
		return error_memory(error);
	*ret = search.found;
	*ret_looked_in = looked_in;
	return 0;
}

int closure_find_program(struct arena *arena, struct donor *donor, const char *program,
			 const char **ret, struct error *error)
{
	bool there = false;
	int r = 0;

	*ret = NULL;
	if (*program == '/') {
		r = donor_has(donor, program, &there, error);
		*ret = there ? program : NULL;
		return r;
	}
	for (size_t i = 0; unit_program_directories[i]; i++) {
		const char *path =
			arena_path_join(arena, unit_program_directories[i], program);

		if (!path)
			return error_memory(error);
		r = donor_has(donor, path, &there, error);
		if (r < 0)
			return r;
		if (there) {
			*ret = path;
			return 0;
		}
	}
	return 0;
}

struct hunt {
	struct donor *donor;
	struct selection *selection;
	const struct tree *merged;
	const struct shipped *program;
	struct error *error;
};

static bool is_bin_directory(const char *path)
{
	for (size_t i = 0; unit_program_directories[i]; i++)
		if (path_is_below(path, path_relative(unit_program_directories[i])))
			return true;
	return false;
}

/*
 * Whether @directory belongs to @package and not to the system: usr/lib/openssh, but
 * neither usr/lib nor usr/lib/x86_64-linux-gnu, which a package lists as well.
 */
static int is_package_directory(const struct hunt *hunt, const char *package,
				const char *directory, bool *ret)
{
	const char *const *system = objects_library_directories(hunt->merged);
	struct package *read;
	int r;

	*ret = false;
	if (strcmp(directory, "usr/lib") == 0 || strcmp(directory, "usr/libexec") == 0)
		return 0;
	for (size_t i = 0; system[i]; i++)
		if (strcmp(path_relative(system[i]), directory) == 0)
			return 0;
	r = package_read(hunt->donor->arena, hunt->donor->directory, package, &read,
			 hunt->error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < read->n_paths; i++)
		*ret = *ret || strcmp(read->paths[i], directory) == 0;
	return 0;
}

/* A donor without a package database cannot tell: then a private directory decides alone.
 */
static int belongs(const struct hunt *hunt, const char *path, bool *ret)
{
	const char *ours = NULL, *theirs = NULL, *directory;
	int r = 0;

	if (hunt->program->donor_path)
		r = donor_owner(hunt->donor, hunt->program->donor_path, &ours,
				hunt->error);
	if (r == 0)
		r = donor_owner(hunt->donor, path, &theirs, hunt->error);
	if (r < 0)
		return r;
	directory = arena_strndup(hunt->selection->arena, path, path_parent_size(path));
	if (!directory)
		return error_memory(hunt->error);
	if (ours && theirs && strcmp(ours, theirs) == 0)
		*ret = true;
	else if (ours)
		return is_package_directory(hunt, ours, directory, ret);
	else
		*ret = !theirs && strcmp(directory, "usr/lib") != 0 &&
		       strcmp(directory, "usr/libexec") != 0;
	return 0;
}

static int take_helper(const struct hunt *hunt, const char *path)
{
	const char *user = hunt->program->path;
	const char *reason = arena_printf(hunt->selection->arena,
					  "helper of %s (it names /%s)", user, path);
	bool ours = false;
	int r;

	if (!reason)
		return error_memory(hunt->error);
	r = belongs(hunt, path, &ours);
	if (r < 0)
		return r;
	if (ours)
		return donor_ship(hunt->donor, hunt->selection, path, ORIGIN_NEEDED,
				  reason, hunt->error);
	return 0;
}

static int mention(const struct hunt *hunt, const char *path)
{
	const char *reason = arena_printf(hunt->selection->arena, "mentioned in %s",
					  hunt->program->path);

	if (!reason)
		return error_memory(hunt->error);
	return selection_mention(hunt->selection, path, reason, hunt->error);
}

static int found_path(void *context, const char *path)
{
	const struct hunt *hunt = context;
	_cleanup_(directory_entry_freep) struct entry *entry = NULL;
	const char *canonical;
	int r;

	if (strlen(path) >= LIMIT_PATH_SIZE || tree_chase(hunt->merged, path, NULL))
		return 0;
	r = look_up(hunt->donor, path, &entry, hunt->error);
	if (r < 0 || !entry || entry->type != ENTRY_FILE || !(entry->mode & 0111))
		return r;
	r = donor_canonical(hunt->donor, path, &canonical, hunt->error);
	if (r < 0)
		return r;
	if (is_bin_directory(canonical))
		return mention(hunt, canonical);
	if (path_is_below(canonical, "usr/lib") ||
	    path_is_below(canonical, "usr/libexec"))
		return take_helper(hunt, canonical);
	return 0;
}

int closure_add_helpers(struct donor *donor, struct selection *selection,
			const struct tree *merged, const struct shipped *program,
			struct error *error)
{
	const struct node *node = program->node;
	struct hunt hunt = {.donor = donor,
			    .selection = selection,
			    .merged = merged,
			    .program = program,
			    .error = error};
	int r;

	/* Programs, not libraries: only who is run runs others. */
	if (node->entry.type != ENTRY_FILE || !node->elf || !node->elf->interpreter)
		return 0;
	r = elf_find_paths(node->entry.content, found_path, &hunt, error);
	if (r < 0)
		return error_wrap(error, r, "cannot search %s for helpers",
				  program->source);
	return 0;
}
