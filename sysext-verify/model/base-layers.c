/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>

#include "formats/directory.h"
#include "sysext-verify/model/base-facts.h"

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
	if (pe_probe(source))
		return base_read_uki(arena, source, visitor, base, layer, error);
	return initrd_read(source, visitor, &layer->initrd, error);
}

static int read_layer(struct arena *arena, struct base *base, struct base_layer *layer,
		      struct error *error)
{
	struct tree_builder builder = {.tree = base->tree,
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

int base_read_layers(struct arena *arena, const struct base_request *request,
		     struct base *base, struct error *error)
{
	int r;

	base->layers = arena_array(arena, request->n_layers, sizeof(*base->layers));
	if (!base->layers)
		return error_memory(error);
	r = tree_new(arena, &base->tree, error);
	if (r < 0)
		return r;
	while (base->n_layers < request->n_layers) {
		struct base_layer *layer = &base->layers[base->n_layers];

		*layer = (struct base_layer){.path = request->layers[base->n_layers++]};
		r = read_layer(arena, base, layer, error);
		if (r < 0)
			return error_wrap(error, r, "base '%s'", layer->path);
		if (!base->path || layer->kind == BASE_UKI) {
			base->path = layer->path;
			base->kind = layer->kind;
		}
	}
	/* What a UKI lacks another layer has. */
	base->without_initrd = base->without_initrd && request->n_layers == 1;
	tree_sort(base->tree);
	return 0;
}
