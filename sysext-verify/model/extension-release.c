/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/model/extension-parts.h"

static const char prefix[] = "extension-release.";

static const char *release_directory(enum extension_class class)
{
	return class == EXTENSION_CONFEXT ? "etc/extension-release.d"
					  : "usr/lib/extension-release.d";
}

static int list_candidates(struct arena *arena, struct extension *extension)
{
	const struct node *directory =
		tree_chase(extension->tree, release_directory(extension->class), NULL);
	size_t n = 0;

	if (!directory || directory->entry.type != ENTRY_DIRECTORY)
		return 0;
	FOREACH_CHILD(child, directory)
		n++;
	extension->candidates = arena_array(arena, n, sizeof(struct release_candidate));
	if (!extension->candidates)
		return -ENOMEM;
	FOREACH_CHILD(child, directory) {
		if (!string_starts_with(child->name, prefix))
			continue;
		extension->candidates[extension->n_candidates++] =
			(struct release_candidate){.path = child->entry.path,
						   .name = child->name + strlen(prefix),
						   .node = child};
	}
	return 0;
}

/* xattr user.extension-release.strict says no: the name need not match. */
static bool is_lenient(const struct node *node)
{
	for (size_t i = 0; i < node->entry.n_xattrs; i++) {
		const struct entry_xattr *xattr = &node->entry.xattrs[i];
		char value[16];

		if (strcmp(xattr->name, "user.extension-release.strict") != 0 ||
		    xattr->value.size >= sizeof(value))
			continue;
		memcpy(value, xattr->value.data, xattr->value.size);
		value[xattr->value.size] = 0;
		return release_boolean(value) == 0;
	}
	return false;
}

/* path_extract_image_name(): what stands before the first '_' or '+'. */
static bool is_base_name(const char *candidate, const char *name)
{
	size_t size = strcspn(name, "_+");

	return strlen(candidate) == size && strncmp(candidate, name, size) == 0;
}

static const struct node *find_fallback(struct extension *extension)
{
	const struct node *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < extension->n_candidates; i++) {
		const struct release_candidate *candidate = &extension->candidates[i];

		if (candidate->node->entry.type != ENTRY_FILE ||
		    (!is_base_name(candidate->name, extension->release_name) &&
		     !is_lenient(candidate->node)))
			continue;
		found = candidate->node;
		n++;
	}
	extension->release_ambiguous = n > 1;
	extension->release_by_fallback = n == 1;
	return n == 1 ? found : NULL;
}

static const struct node *
find_exact(struct arena *arena, const struct extension *extension, struct error *error)
{
	const char *path =
		arena_printf(arena, "%s/%s%s", release_directory(extension->class),
			     prefix, extension->release_name);

	if (!path) {
		error_memory(error);
		return NULL;
	}
	return tree_chase(extension->tree, path, NULL);
}

int extension_find_release(struct arena *arena, struct extension *extension,
			   struct error *error)
{
	struct error why = ERROR_INIT;
	const struct node *node;
	struct release *release;
	struct span text;
	int r;

	if (!extension->tree || !extension->name)
		return 0;
	if (list_candidates(arena, extension) < 0)
		return error_memory(error);
	node = find_exact(arena, extension, &why);
	if (why.code < 0)
		return error_memory(error);
	if (!node)
		node = find_fallback(extension);
	if (!node || node->entry.type != ENTRY_FILE)
		return 0;
	release = arena_alloc(arena, sizeof(*release));
	if (!release)
		return error_memory(error);
	r = node_read(extension->tree, node, &text, &why);
	if (r < 0)
		return error_is_input(r) || r == -EIO
			       ? 0
			       : error_wrap(&why, r, "release file");
	release->path = node->entry.path;
	r = env_file_parse(arena, text, &release->file, error);
	if (r < 0)
		return r;
	release_fill(release, extension->class);
	extension->release = release;
	return 0;
}
