/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/model/extension-parts.h"
#include "sysext-verify/model/systemd.h"

static const char prefix[] = "extension-release.";

static const char *release_directory(enum extension_class class)
{
	return class == EXTENSION_CONFEXT ? "etc/extension-release.d"
					  : "usr/lib/extension-release.d";
}

/* What systemd finds in the directory of one class. */
struct lookup {
	enum extension_class class;
	struct release_candidate *candidates;
	size_t n_candidates;
	const struct node *node; /* what it takes, or NULL */
	bool ambiguous, by_fallback;
};

static int list_candidates(struct arena *arena, const struct extension *extension,
			   struct lookup *lookup)
{
	const struct node *directory =
		tree_chase(extension->tree, release_directory(lookup->class), NULL);
	size_t n = 0;

	if (!directory || directory->entry.type != ENTRY_DIRECTORY)
		return 0;
	FOREACH_CHILD(child, directory)
		n++;
	lookup->candidates = arena_array(arena, n, sizeof(struct release_candidate));
	if (!lookup->candidates)
		return -ENOMEM;
	FOREACH_CHILD(child, directory) {
		if (!string_starts_with(child->name, prefix))
			continue;
		lookup->candidates[lookup->n_candidates++] =
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

/*
 * path_extract_image_name(): one suffix of an image goes, and what stands behind the
 * first '_' or '+'.
 */
static bool is_base_name(const char *candidate, const char *name)
{
	static const char *const suffixes[] = {".sysext.raw", ".confext.raw", ".raw"};
	size_t size = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (string_ends_with(name, suffixes[i])) {
			size -= strlen(suffixes[i]);
			break;
		}
	size = MIN(size, strcspn(name, "_+"));
	return strlen(candidate) == size && strncmp(candidate, name, size) == 0;
}

static bool may_stand_in(const struct extension *extension,
			 const struct release_candidate *candidate)
{
	if (candidate->node->entry.type != ENTRY_FILE)
		return false;
	return is_lenient(candidate->node) ||
	       (systemd_since(extension->systemd_version, SYSTEMD_BASE_NAME) &&
		is_base_name(candidate->name, extension->release_name));
}

static void find_fallback(const struct extension *extension, struct lookup *lookup)
{
	const struct node *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < lookup->n_candidates; i++) {
		const struct release_candidate *candidate = &lookup->candidates[i];

		if (!may_stand_in(extension, candidate))
			continue;
		found = candidate->node;
		n++;
	}
	lookup->ambiguous = n > 1;
	lookup->by_fallback = n == 1;
	lookup->node = n == 1 ? found : NULL;
}

static int look_up(struct arena *arena, const struct extension *extension,
		   struct lookup *lookup, struct error *error)
{
	const char *exact =
		arena_printf(arena, "%s/%s%s", release_directory(lookup->class), prefix,
			     extension->release_name);

	if (!exact || list_candidates(arena, extension, lookup) < 0)
		return error_memory(error);
	lookup->node = tree_chase(extension->tree, exact, NULL);
	if (!lookup->node)
		find_fallback(extension, lookup);
	return 0;
}

static int read_release(struct arena *arena, struct extension *extension,
			const struct node *node, struct error *error)
{
	struct error why = ERROR_INIT;
	struct span text;
	int r = node_read(extension->tree, node, &text, &why);

	if (r < 0)
		return error_is_input(r) || r == -EIO
			       ? 0
			       : error_wrap(&why, r, "release file");
	return release_parse(arena, node->entry.path, text, extension->class,
			     extension->systemd_version, &extension->release, error);
}

int extension_find_release(struct arena *arena, struct extension *extension,
			   struct error *error)
{
	struct lookup own = {.class = extension->class};
	struct lookup other = {.class = extension->class == EXTENSION_SYSEXT
						? EXTENSION_CONFEXT
						: EXTENSION_SYSEXT};
	int r;

	if (!extension->tree || !extension->name)
		return 0;
	r = look_up(arena, extension, &own, error);
	if (r < 0)
		return r;
	extension->candidates = own.candidates;
	extension->n_candidates = own.n_candidates;
	extension->release_ambiguous = own.ambiguous;
	extension->release_by_fallback = own.by_fallback;
	if (own.node && own.node->entry.type == ENTRY_FILE)
		return read_release(arena, extension, own.node, error);
	if (own.node)
		return 0;
	r = look_up(arena, extension, &other, error);
	if (r < 0)
		return r;
	if (extension->kind == EXTENSION_RAW && other.node &&
	    extension->systemd_version == SYSTEMD_TWO_CLASSES)
		return read_release(arena, extension, other.node, error);
	extension->release_of_other_class = other.node;
	return 0;
}
