/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>

#include "formats/directory.h"
#include "formats/profile.h"
#include "sysext-verify/model/base-facts.h"
#include "sysext-verify/model/profile.h"

static int read_file(struct arena *arena, struct base *base, struct base_layer *layer,
		     const struct entry_visitor *visitor, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	int r;

	r = source_open_file(layer->path, &source, error);
	if (r < 0)
		return r;
	if (source_size(source) == 0)
		return error_bad(error, 0, "is empty, expected an initrd");
	if (profile_probe(source))
		return error_set(
			error, -EINVAL,
			"is a base profile, which can be the first layer only: nothing "
			"is known of what it would be unpacked over");
	if (pe_probe(source))
		return base_read_uki(arena, source, visitor, base, layer, error);
	return initrd_read(source, visitor, &layer->initrd, error);
}

static int read_layer(struct arena *arena, struct base *base, struct base_layer *layer,
		      bool symbols, struct error *error)
{
	struct tree_builder builder = {.tree = base->tree,
				       .symbols = symbols,
				       .base_layer = (unsigned)(layer - base->layers)};
	struct entry_visitor visitor = tree_builder_visitor(&builder);
	struct stat status;

	if (stat(layer->path, &status) < 0)
		return error_set(error, -errno, "cannot open: %s", strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return read_file(arena, base, layer, &visitor, error);
	layer->kind = BASE_DIRECTORY;
	builder.lazy = true;
	return directory_read(layer->path, &visitor, error);
}

/*
 * A profile, if that is what the first layer is. It says of each file what unpacking
 * another layer over it needs: its type and whether it is there.
 */
static int read_profile(struct arena *arena, const char *path, struct base *base,
			struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	int r;

	/* The other readers say what is wrong with it. */
	if (source_open_file(path, &source, NULL) < 0 || !profile_probe(source))
		return 0;
	r = profile_read(arena, source, path, base, error);
	return r < 0 ? error_wrap(error, r, "base '%s'", path) : 0;
}

/* Room for @n layers behind those of a profile. */
static int make_room(struct arena *arena, struct base *base, size_t n,
		     struct error *error)
{
	struct base_layer *layers =
		arena_array(arena, base->n_layers + n, sizeof(*layers));

	if (!layers)
		return error_memory(error);
	for (size_t i = 0; i < base->n_layers; i++)
		layers[i] = base->layers[i];
	base->layers = layers;
	return base->tree ? 0 : tree_new(arena, &base->tree, error);
}

int base_read_layers(struct arena *arena, const struct base_request *request,
		     struct base *base, struct error *error)
{
	size_t at;
	int r;

	r = read_profile(arena, request->layers[0], base, error);
	at = base->from_profile ? 1 : 0;
	if (r == 0)
		r = make_room(arena, base, request->n_layers, error);
	if (r < 0)
		return r;
	for (; at < request->n_layers; at++) {
		struct base_layer *layer = &base->layers[base->n_layers++];

		*layer = (struct base_layer){.path = request->layers[at]};
		r = read_layer(arena, base, layer, request->symbols, error);
		if (r < 0)
			return error_wrap(error, r, "base '%s'", layer->path);
		if (!base->path || layer->kind == BASE_UKI) {
			base->path = layer->path;
			base->kind = layer->kind;
		}
	}
	/* What a UKI lacks another layer has. */
	base->without_initrd = base->without_initrd && base->n_layers == 1;
	tree_sort(base->tree);
	return 0;
}
