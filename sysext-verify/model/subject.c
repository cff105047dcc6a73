/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/subject.h"

#include <string.h>

/* What a subject owns beside what it shows. */
struct owned_subject {
	struct subject subject; /* first, so that subject_free() finds the rest */
	struct tree *merged;
	struct trust trust;
	struct objects objects, base_objects;
	struct hidden hidden;
	struct units units;
};

static bool is_extension_node(void *context, const struct node *node)
{
	return node->layer > 0;
}

static bool is_base_elf(void *context, const struct node *node)
{
	return node->layer == 0 && node->elf;
}

/*
 * Whether the merge took something from the base, so that asking for its needs is worth
 * it.
 */
static bool hides_objects(const struct tree *merged)
{
	TREE_FOREACH(node, merged)
		if (node->layer > 0 && (node->hides || (node->elf && node->elf->soname)))
			return true;
	return false;
}

/*
 * Of the needs of base programs, keeps those that an extension now answers and those that
 * only the merge left without an answer: what the base lacked before is not the
 * extension's fault.
 */
static void keep_changed(const struct tree *base, struct objects *objects)
{
	size_t n = 0;

	for (size_t i = 0; i < objects->n_needs; i++) {
		const struct need *need = &objects->needs[i];
		const char *library =
			need->kind == NEED_VERSION ? need->library : need->name;
		bool changed = need->provider && need->provider->layer > 0;

		if (!need->provider && need->kind == NEED_INTERPRETER)
			changed = tree_chase(base, need->name, NULL) != NULL;
		else if (!need->provider)
			changed = objects_find_library(base, need->user->origin, library,
						       NULL) != NULL;
		if (changed)
			objects->needs[n++] = *need;
	}
	objects->n_needs = n;
}

static int build_merged(struct arena *arena, struct owned_subject *owned,
			struct error *error)
{
	const struct extension *extension = owned->subject.extension;
	const struct base *base = owned->subject.base;
	int r;

	r = overlay_merge(arena, base->tree, &extension->tree, 1, &owned->merged, error);
	if (r < 0)
		return r;
	r = objects_resolve(owned->merged, is_extension_node, NULL, &owned->objects,
			    error);
	if (r < 0)
		return r;
	if (hides_objects(owned->merged)) {
		r = objects_resolve(owned->merged, is_base_elf, NULL,
				    &owned->base_objects, error);
		if (r < 0)
			return r;
		keep_changed(base->tree, &owned->base_objects);
	}
	r = hidden_read(owned->merged, &owned->hidden, error);
	if (r < 0)
		return r;
	r = units_read(owned->merged, &extension->release, extension->release ? 1 : 0,
		       base->systemd_version, &owned->units, error);
	if (r < 0)
		return r;
	owned->subject.merged = owned->merged;
	owned->subject.objects = &owned->objects;
	owned->subject.base_objects = &owned->base_objects;
	owned->subject.hidden = &owned->hidden;
	owned->subject.units = &owned->units;
	return 0;
}

int subject_build(struct arena *arena, const struct base *base,
		  const struct extension *extension, const struct base_certificate *given,
		  size_t n_given, struct subject **ret, struct error *error)
{
	struct owned_subject *owned = calloc(1, sizeof(*owned));
	_cleanup_(subject_freep) struct subject *subject = owned ? &owned->subject : NULL;
	int r;

	if (!owned)
		return error_memory(error);
	subject->base = base;
	subject->extension = extension;
	if (extension) {
		r = trust_decide(arena, base, given, n_given, extension, &owned->trust,
				 error);
		if (r < 0)
			return r;
		subject->trust = &owned->trust;
	}
	if (extension && extension->tree) {
		r = build_merged(arena, owned, error);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(subject);
	return 0;
}

void subject_free(struct subject *subject)
{
	struct owned_subject *owned = (struct owned_subject *)subject;

	if (!owned)
		return;
	tree_free(owned->merged);
	free(owned);
}
