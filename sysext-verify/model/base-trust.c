/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/model/base-facts.h"
#include "sysext-verify/model/facts.h"

/* Highest priority first: a file hides those of its name in the directories behind it. */
static const char *const directories[] = {"etc/verity.d", "run/verity.d",
					  "usr/local/lib/verity.d", "usr/lib/verity.d"};

static bool is_masked(const struct node *link, const struct node *file)
{
	if (link->entry.type == ENTRY_SYMLINK)
		return strcmp(link->entry.target, "/dev/null") == 0;
	return file && file->entry.type == ENTRY_FILE && file->entry.size == 0;
}

static int compare_nodes(const void *a, const void *b)
{
	return strcmp((*(const struct node *const *)a)->name,
		      (*(const struct node *const *)b)->name);
}

static int read_certificate(struct base *base, const struct node *link,
			    struct base_certificate *certificate, struct error *error)
{
	const struct node *file = tree_chase(base->tree, link->entry.path, NULL);
	int r;

	certificate->path = link->entry.path;
	r = file && file->entry.type == ENTRY_FILE
		    ? node_certificate(file, &certificate->certificate,
				       &certificate->faults, &certificate->error)
		    : -ENODATA;
	if (r == -ENOMEM)
		return error_memory(error);
	if (r == -ENODATA)
		error_set(&certificate->error, r,
			  "is not a text file that leads anywhere");
	/* systemd reads PEM only: what it cannot use must not be trusted here either. */
	if (certificate->faults & CERTIFICATE_FAULT_DER) {
		certificate_free(TAKE_PTR(certificate->certificate));
		error_set(&certificate->error, -EBADMSG,
			  "is in DER form, systemd reads PEM only");
	}
	return 0;
}

struct collection {
	struct map *names;         /* file name -> the node that wins */
	const struct node **found; /* in the arena, as many as @names has */
	size_t n_found;
	const char **ignored;
	size_t n_ignored;
};

static int collect(struct base *base, struct collection *collection)
{
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		const struct node *directory =
			tree_chase(base->tree, directories[i], NULL);

		if (!directory || directory->entry.type != ENTRY_DIRECTORY)
			continue;
		FOREACH_CHILD(child, directory) {
			if (!string_ends_with(child->name, ".crt"))
				collection->ignored[collection->n_ignored++] =
					child->entry.path;
			else if (!map_has(collection->names, child->name)) {
				if (map_set(collection->names, child->name, child) < 0)
					return -ENOMEM;
				collection->found[collection->n_found++] = child;
			}
		}
	}
	return 0;
}

static size_t count_files(const struct base *base)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		const struct node *directory =
			tree_chase(base->tree, directories[i], NULL);

		if (!directory)
			continue;
		FOREACH_CHILD(child, directory)
			n++;
	}
	return n;
}

int base_read_certificates(struct arena *arena, struct base *base, struct error *error)
{
	_cleanup_(map_freep) struct map *names = map_new();
	struct collection collection = {.names = names};
	size_t n = count_files(base);
	int r;

	collection.found = arena_array(arena, n, sizeof(struct node *));
	collection.ignored = arena_array(arena, n, sizeof(char *));
	base->certificates = arena_array(arena, n, sizeof(struct base_certificate));
	if (!names || !collection.found || !collection.ignored || !base->certificates ||
	    collect(base, &collection) < 0)
		return error_memory(error);
	base->verity_d_ignored = collection.ignored;
	base->n_verity_d_ignored = collection.n_ignored;
	qsort(collection.found, collection.n_found, sizeof(struct node *), compare_nodes);
	for (size_t i = 0; i < collection.n_found; i++) {
		const struct node *link = collection.found[i];

		if (is_masked(link, tree_chase(base->tree, link->entry.path, NULL)))
			continue;
		r = read_certificate(base, link,
				     &base->certificates[base->n_certificates++], error);
		if (r < 0)
			return r;
	}
	return 0;
}
