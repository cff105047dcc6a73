/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-build/selection.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "sysext-build/stages.h"
#include "sysext-verify/model/overlay.h"

/* Enough of a digest to tell two files apart in a message. */
#define SHORT_DIGEST_SIZE 6

int selection_new(struct arena *arena, const struct base *base,
		  const struct manifest *manifest, struct selection **ret,
		  struct error *error)
{
	_cleanup_(selection_freep) struct selection *selection =
		calloc(1, sizeof(*selection));
	int r;

	if (!selection)
		return error_memory(error);
	selection->arena = arena;
	selection->base = base;
	selection->manifest = manifest;
	selection->shipped = map_new();
	selection->omitted = map_new();
	if (!selection->shipped || !selection->omitted)
		return error_memory(error);
	r = tree_new(arena, &selection->tree, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(selection);
	return 0;
}

void selection_free(struct selection *selection)
{
	if (!selection)
		return;
	map_free(selection->shipped);
	map_free(selection->omitted);
	tree_free(selection->tree);
	free(selection);
}

/* @directory as the base has it: links followed where they exist, the rest appended. */
static int map_directory(const struct selection *selection, const char *directory,
			 unsigned depth, const char **ret, struct error *error)
{
	struct arena *arena = selection->arena;
	const struct node *node = tree_chase(selection->base->tree, directory, NULL);
	const char *parent, *path;
	int r;

	if (node && node->entry.type != ENTRY_DIRECTORY)
		return error_set(error, -ENOTDIR,
				 "base has a %s at '%s', where a directory is needed",
				 entry_type_name(node->entry.type), node->entry.path);
	if (node) {
		*ret = node->entry.path;
		return 0;
	}
	if (*directory == 0 || depth > LIMIT_TREE_DEPTH) {
		*ret = directory;
		return 0;
	}
	parent = arena_strndup(arena, directory, path_parent_size(directory));
	if (!parent)
		return error_memory(error);
	r = map_directory(selection, parent, depth + 1, &parent, error);
	if (r < 0)
		return r;
	path = arena_path_join(arena, parent, path_name(directory));
	if (!path)
		return error_memory(error);
	*ret = path;
	return 0;
}

int selection_map_path(const struct selection *selection, const char *path,
		       const char **ret, struct error *error)
{
	const char *directory, *mapped;
	int r;

	directory = arena_strndup(selection->arena, path, path_parent_size(path));
	if (!directory)
		return error_memory(error);
	r = map_directory(selection, directory, 0, &directory, error);
	if (r < 0)
		return error_wrap(error, r, "cannot ship '%s'", path);
	mapped = arena_path_join(selection->arena, directory, path_name(path));
	if (!mapped)
		return error_memory(error);
	*ret = mapped;
	return 0;
}

static int note(struct selection *selection, const char *path, const char *reason,
		bool is_mention, struct error *error)
{
	struct omitted *omitted;

	if (map_has(selection->omitted, path))
		return 0;
	omitted = arena_alloc(selection->arena, sizeof(*omitted));
	if (!omitted)
		return error_memory(error);
	*omitted = (struct omitted){
		.path = path, .reason = reason, .is_mention = is_mention};
	if (map_set(selection->omitted, path, omitted) < 0)
		return error_memory(error);
	return 0;
}

int selection_omit(struct selection *selection, const char *path, const char *reason,
		   struct error *error)
{
	return note(selection, path, reason, false, error);
}

int selection_mention(struct selection *selection, const char *path, const char *reason,
		      struct error *error)
{
	return note(selection, path, reason, true, error);
}

unsigned selection_excluded(const struct selection *selection, const char *path)
{
	const struct manifest_list *excludes = &selection->manifest->excludes;
	char absolute[LIMIT_PATH_SIZE + 1];
	int size = snprintf(absolute, sizeof(absolute), "/%s", path);

	if (size < 0 || (size_t)size >= sizeof(absolute))
		return 0;
	for (; *absolute; absolute[path_parent_size(absolute)] = 0)
		for (size_t i = 0; i < excludes->n_items; i++)
			if (fnmatch(excludes->items[i].value, absolute, 0) == 0)
				return excludes->items[i].line;
	return 0;
}

/* Whether the user named this very file, so that it must not be dropped in silence. */
static bool must_ship(const struct shipped *what)
{
	return what->origin == ORIGIN_TREE || what->origin == ORIGIN_FILES ||
	       what->origin == ORIGIN_ACTIVATE;
}

struct comparison {
	bool equal;
	char words[160]; /* how they differ: "base has ..., donor has ..." */
};

static int compare_contents(struct node *base, const struct entry *entry,
			    struct comparison *ret, struct error *error)
{
	uint8_t ours[DIGEST_SHA256_SIZE], theirs[DIGEST_SHA256_SIZE];
	char our_hex[2 * SHORT_DIGEST_SIZE + 1], their_hex[2 * SHORT_DIGEST_SIZE + 1];
	int r;

	if (base->entry.size != entry->size) {
		(void)snprintf(ret->words, sizeof(ret->words),
			       "the base's has %llu bytes, this one %llu",
			       (unsigned long long)base->entry.size,
			       (unsigned long long)entry->size);
		return 0;
	}
	r = node_digest(base, theirs, error);
	if (r < 0)
		return r;
	r = digest_sha256_source(entry->content, ours, error);
	if (r < 0)
		return r;
	ret->equal = memcmp(ours, theirs, sizeof(ours)) == 0;
	hex_encode(theirs, SHORT_DIGEST_SIZE, their_hex);
	hex_encode(ours, SHORT_DIGEST_SIZE, our_hex);
	(void)snprintf(ret->words, sizeof(ret->words),
		       "both have %llu bytes, the base's SHA-256 begins with %s, this "
		       "one's with %s",
		       (unsigned long long)entry->size, their_hex, our_hex);
	return 0;
}

static int compare(struct node *base, const struct entry *entry, struct comparison *ret,
		   struct error *error)
{
	*ret = (struct comparison){0};
	if (base->entry.type != entry->type) {
		(void)snprintf(ret->words, sizeof(ret->words),
			       "the base's is a %s, this one is a %s",
			       entry_type_name(base->entry.type),
			       entry_type_name(entry->type));
		return 0;
	}
	if (entry->type == ENTRY_FILE)
		return compare_contents(base, entry, ret, error);
	if (entry->type == ENTRY_SYMLINK) {
		ret->equal = strcmp(base->entry.target, entry->target) == 0;
		(void)snprintf(ret->words, sizeof(ret->words),
			       "the base's leads to '%.40s', this one to '%.40s'",
			       base->entry.target, entry->target);
		return 0;
	}
	ret->equal = entry->type == ENTRY_DIRECTORY ||
		     (base->entry.device_major == entry->device_major &&
		      base->entry.device_minor == entry->device_minor);
	(void)snprintf(ret->words, sizeof(ret->words), "both are a %s, of other numbers",
		       entry_type_name(entry->type));
	return 0;
}

/* 1 if the base decides that @entry is not shipped, 0 if it has nothing there. */
static int ask_base(struct selection *selection, const struct entry *entry,
		    const struct shipped *what, struct error *error)
{
	struct node *base = tree_get(selection->base->tree, entry->path);
	struct comparison comparison;
	const char *path, *reason;
	int r;

	if (!base)
		return 0;
	r = compare(base, entry, &comparison, error);
	if (r < 0)
		return error_wrap(error, r, "cannot compare '%s' with the base's",
				  what->source);
	if (comparison.equal && entry->type == ENTRY_DIRECTORY)
		return 1;
	if (!comparison.equal && must_ship(what))
		return error_set(error, -EEXIST,
				 "cannot ship %s (%s): the base has another '%s': %s; "
				 "extensions add, they do not replace",
				 what->source, what->reason, entry->path,
				 comparison.words);
	path = arena_strdup(selection->arena, entry->path);
	reason = comparison.equal
			 ? "the base has it"
			 : arena_printf(selection->arena, "the base has its own: %s",
					comparison.words);
	if (!path || !reason)
		return error_memory(error);
	r = selection_omit(selection, path, reason, error);
	return r < 0 ? r : 1;
}

/* An unreadable file is better found here, with its name, than while it is compressed. */
static int try_to_read(const struct entry *entry, const struct shipped *what,
		       struct error *error)
{
	uint8_t byte;
	int r;

	if (entry->type != ENTRY_FILE || entry->size == 0)
		return 0;
	r = source_read(entry->content, 0, &byte, 1, error);
	if (r < 0)
		return error_wrap(error, r, "cannot read %s", what->source);
	return 0;
}

static int add_node(struct selection *selection, const struct entry *entry,
		    struct error *error)
{
	struct tree_builder builder = {.tree = selection->tree, .lazy = true};
	struct entry_visitor visitor = tree_builder_visitor(&builder);

	return visitor.add(visitor.context, entry, error);
}

/* Directories above @path that are not there yet, as the base has them. */
static int add_parents(struct selection *selection, const char *path, struct error *error)
{
	for (const char *slash = strchr(path, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		struct entry parent = {.type = ENTRY_DIRECTORY, .mode = 0755};
		const struct node *there;
		int r;

		parent.path =
			arena_strndup(selection->arena, path, (size_t)(slash - path));
		if (!parent.path)
			return error_memory(error);
		there = tree_get(selection->tree, parent.path);
		if (there && there->entry.type == ENTRY_DIRECTORY)
			continue;
		if (there)
			return error_set(
				error, -ENOTDIR,
				"cannot ship '%s': '%s' is a %s of the extension", path,
				parent.path, entry_type_name(there->entry.type));
		r = add_node(selection, &parent, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int put(struct selection *selection, const struct entry *entry,
	       const struct shipped *what, struct error *error)
{
	struct shipped *shipped;
	int r;

	r = add_parents(selection, entry->path, error);
	if (r < 0)
		return r;
	r = add_node(selection, entry, error);
	if (r < 0)
		return error_wrap(error, r, "cannot take %s", what->source);
	shipped = arena_memdup(selection->arena, what, sizeof(*what));
	if (!shipped)
		return error_memory(error);
	shipped->node = tree_get(selection->tree, entry->path);
	if (!shipped->node)
		return error_set(
			error, -ENOTDIR,
			"cannot ship %s: '%s' is not a directory of the extension",
			what->source, entry->path);
	shipped->path = shipped->node->entry.path;
	if (map_set(selection->shipped, shipped->path, shipped) < 0)
		return error_memory(error);
	return 0;
}

/* 1 if @entry was left out for what its path is, 0 if it is welcome. */
static int ask_path(struct selection *selection, const struct entry *entry,
		    const struct shipped *what, struct error *error)
{
	unsigned line = what->origin == ORIGIN_ACTIVATE
				? 0
				: selection_excluded(selection, entry->path);
	const char *path, *reason = "outside /usr and /opt";
	int r;

	if (overlay_covers(entry->path) && line == 0)
		return 0;
	if (line > 0)
		reason = arena_printf(selection->arena, "excluded by line %u", line);
	else if (must_ship(what))
		return error_set(error, -EINVAL,
				 "cannot ship %s (%s): systemd merges /usr and /opt only",
				 what->source, what->reason);
	path = arena_strdup(selection->arena, entry->path);
	if (!path || !reason)
		return error_memory(error);
	r = selection_omit(selection, path, reason, error);
	return r < 0 ? r : 1;
}

int selection_add(struct selection *selection, const struct entry *entry,
		  const struct shipped *what, struct error *error)
{
	const struct node *there = tree_get(selection->tree, entry->path);
	int r;

	if (map_has(selection->shipped, entry->path) ||
	    (there && there->entry.type == ENTRY_DIRECTORY &&
	     entry->type == ENTRY_DIRECTORY))
		return 0;
	r = ask_path(selection, entry, what, error);
	if (r == 0)
		r = ask_base(selection, entry, what, error);
	if (r != 0)
		return MIN(r, 0);
	r = try_to_read(entry, what, error);
	return r < 0 ? r : put(selection, entry, what, error);
}

int selection_merge(const struct selection *selection, struct arena *arena,
		    struct tree **ret, struct error *error)
{
	return overlay_merge(arena, selection->base->tree, &selection->tree, 1, ret,
			     error);
}
