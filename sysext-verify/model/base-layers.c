/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/core/limits.h"
#include "formats/directory.h"
#include "formats/profile.h"
#include "sysext-verify/model/base-facts.h"
#include "sysext-verify/model/profile-embedded.h"
#include "sysext-verify/model/profile.h"

/* What the kernel does while it unpacks, one initrd behind the other. */
struct unpacking {
	struct base *base;
	size_t first; /* of the layers that are unpacked: behind those of a profile */
	bool symbols; /* of ELF files, too */
	bool stopped; /* at damage: unpack_to_rootfs() leaves the rest */
};

static int append_members(struct initrd *to, const struct initrd *from, uint64_t offset,
			  struct error *error)
{
	size_t n = to->n_members + from->n_members;
	struct initrd_member *members = reallocarray(to->members, n, sizeof(*members));

	if (!members)
		return error_memory(error);
	to->members = members;
	for (size_t i = 0; i < from->n_members; i++) {
		members[to->n_members] = from->members[i];
		members[to->n_members++].offset += offset;
	}
	to->faults |= from->faults;
	if (from->faults & INITRD_FAULT_TRAILING_GARBAGE) {
		to->garbage_at = from->garbage_at + offset;
		memcpy(to->garbage, from->garbage, sizeof(to->garbage));
	}
	return 0;
}

static struct tree_builder make_builder(const struct unpacking *unpacking,
					const struct base_layer *layer)
{
	const struct base *base = unpacking->base;

	return (struct tree_builder){.tree = base->tree,
				     .symbols = unpacking->symbols,
				     .elf_limit = LIMIT_BASE_ELF,
				     .base_layer = (unsigned)(layer - base->layers)};
}

/* An initrd that begins at @offset of the layer's file. */
static int unpack(struct unpacking *unpacking, struct base_layer *layer,
		  struct source *source, uint64_t offset, struct error *error)
{
	struct tree_builder builder = make_builder(unpacking, layer);
	struct entry_visitor visitor = tree_builder_visitor(&builder);
	struct initrd initrd;
	int r;

	if (unpacking->stopped) {
		layer->not_unpacked = true;
		return 0;
	}
	r = initrd_read(source, &visitor, &initrd, error);
	if (r < 0)
		return r;
	r = append_members(&layer->initrd, &initrd, offset, error);
	unpacking->stopped = initrd.faults != 0;
	initrd_done(&initrd);
	return r;
}

static int unpack_section(struct unpacking *unpacking, struct base_layer *layer,
			  enum uki_section section, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	int r;

	if (layer->ignored || !layer->image->sections[section])
		return 0;
	r = uki_open_section(layer->image, layer->source, section, &source, error);
	if (r == 0)
		r = unpack(unpacking, layer, source,
			   layer->image->sections[section]->raw_at, error);
	return r < 0 ? error_wrap(error, r, "base '%s': section '%s'", layer->path,
				  uki_section_name(section))
		     : 0;
}

static int unpack_directory(struct unpacking *unpacking, struct base_layer *layer,
			    struct error *error)
{
	struct tree_builder builder = make_builder(unpacking, layer);
	struct entry_visitor visitor = tree_builder_visitor(&builder);

	if (unpacking->stopped) {
		layer->not_unpacked = true;
		return 0;
	}
	builder.lazy = true;
	return directory_read(layer->path, &visitor, error);
}

static int unpack_plain(struct unpacking *unpacking, size_t from, size_t to,
			struct error *error)
{
	for (size_t i = from; i < to; i++) {
		struct base_layer *layer = &unpacking->base->layers[i];
		int r = 0;

		if (layer->kind == BASE_DIRECTORY)
			r = unpack_directory(unpacking, layer, error);
		else if (layer->kind == BASE_INITRD)
			r = unpack(unpacking, layer, layer->source, 0, error);
		if (r < 0)
			return error_wrap(error, r, "base '%s'", layer->path);
	}
	return 0;
}

/*
 * boot/stub.c, run() (262): microcode of the addons, backwards because the kernel takes
 * the first, then initrds[] as the enum has them, then initrds of the addons.
 */
static int unpack_all(struct unpacking *unpacking, size_t uki, struct error *error)
{
	struct base *base = unpacking->base;
	size_t n = base->n_layers;
	int r = 0;

	for (size_t i = n; r == 0 && i-- > unpacking->first;)
		if (base->layers[i].kind == BASE_ADDON)
			r = unpack_section(unpacking, &base->layers[i], UKI_UCODE, error);
	if (r == 0 && uki < n)
		r = unpack_section(unpacking, &base->layers[uki], UKI_UCODE, error);
	if (r == 0)
		r = unpack_plain(unpacking, unpacking->first, uki, error);
	if (r == 0 && uki < n)
		r = unpack_section(unpacking, &base->layers[uki], UKI_INITRD, error);
	if (r == 0)
		r = unpack_plain(unpacking, uki, n, error);
	for (size_t i = unpacking->first; r == 0 && i < n; i++)
		if (base->layers[i].kind == BASE_ADDON)
			r = unpack_section(unpacking, &base->layers[i], UKI_INITRD,
					   error);
	return r;
}

static int open_layer(struct base_layer *layer, struct error *error)
{
	struct stat status;
	int r;

	if (stat(layer->path, &status) < 0)
		return error_set(error, -errno, "cannot open: %s", strerror(errno));
	if (S_ISDIR(status.st_mode)) {
		layer->kind = BASE_DIRECTORY;
		return 0;
	}
	r = source_open_file(layer->path, &layer->source, error);
	if (r < 0)
		return r;
	if (source_size(layer->source) == 0)
		return error_bad(error, 0, "is empty, expected an initrd");
	if (profile_probe(layer->source))
		return error_set(
			error, -EINVAL,
			"is a base profile, which can be the first layer only: nothing "
			"is known of what it would be unpacked over");
	return pe_probe(layer->source) ? base_open_image(layer, error) : 0;
}

static int read_embedded(struct arena *arena, const struct embedded_profile *embedded,
			 struct base *base, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source =
		source_borrow_memory(embedded->data, embedded->size);

	if (!source)
		return error_memory(error);
	return profile_read(arena, source, embedded->name, base, error);
}

/* What is verified is what is read, whoever writes to the file meanwhile. */
static int read_profile_file(struct arena *arena, const struct source *file,
			     const struct base_request *request, struct base *base,
			     struct error *error)
{
	const char *path = request->layers[0];
	_cleanup_(source_unrefp) struct source *source = NULL;
	uint8_t *bytes;
	size_t size;
	int r;

	r = source_read_all(file, LIMIT_PROFILE, &bytes, &size, error);
	if (r < 0)
		return r;
	source = source_take_memory(bytes, size);
	if (!source)
		return error_memory(error);
	r = profile_check_signature(path, source_memory(source),
				    request->profile_certificate,
				    &base->profile_signature, error);
	return r < 0 ? r : profile_read(arena, source, path, base, error);
}

/*
 * A profile, if that is what the first layer is. It says of each file what unpacking
 * another layer over it needs: its type and whether it is there.
 */
static int read_profile(struct arena *arena, const struct base_request *request,
			struct base *base, struct error *error)
{
	const char *path = request->layers[0];
	const struct embedded_profile *embedded = embedded_profile_find(path);
	_cleanup_(source_unrefp) struct source *file = NULL;
	int r = 0;

	/* The other readers say what is wrong with what is none. */
	if (!embedded && source_open_file(path, &file, NULL) == 0 && profile_probe(file))
		r = read_profile_file(arena, file, request, base, error);
	else if (request->profile_certificate)
		r = error_set(error, -EINVAL,
			      "is not a signed base profile, as --profile-cert wants");
	else if (embedded)
		r = read_embedded(arena, embedded, base, error);
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

static int open_layers(struct arena *arena, const struct base_request *request,
		       struct base *base, struct error *error)
{
	int r = read_profile(arena, request, base, error);

	if (r == 0)
		r = make_room(arena, base, request->n_layers, error);
	for (size_t i = base->from_profile ? 1 : 0; r == 0 && i < request->n_layers;
	     i++) {
		struct base_layer *layer = &base->layers[base->n_layers++];

		*layer = (struct base_layer){.path = request->layers[i]};
		r = open_layer(layer, error);
		if (r < 0)
			return error_wrap(error, r, "base '%s'", layer->path);
	}
	return r;
}

/* Whether a layer gives the kernel an initrd; microcode alone is none. */
static bool has_initrd(const struct base *base, size_t first)
{
	for (size_t i = first; i < base->n_layers; i++) {
		const struct base_layer *layer = &base->layers[i];

		if (!layer->image ||
		    (!layer->ignored && layer->image->sections[UKI_INITRD]))
			return true;
	}
	return false;
}

int base_read_layers(struct arena *arena, const struct base_request *request,
		     struct base *base, struct error *error)
{
	struct unpacking unpacking = {.base = base, .symbols = request->symbols};
	size_t uki;
	int r = open_layers(arena, request, base, error);

	if (r == 0)
		r = base_settle_images(arena, request, base, &uki, error);
	if (r < 0)
		return r;
	if (base->from_profile) {
		unpacking.first = base->n_layers - (request->n_layers - 1);
		/* What a UKI lacks another layer has. */
		base->without_initrd =
			base->without_initrd && !has_initrd(base, unpacking.first);
	} else {
		const struct base_layer *main =
			&base->layers[uki < base->n_layers ? uki : 0];

		base->path = main->path;
		base->kind = main->kind;
		base->without_initrd = !has_initrd(base, 0);
	}
	r = base_read_kernel(arena, request,
			     uki < base->n_layers ? &base->layers[uki] : NULL, base,
			     error);
	if (r == 0)
		r = unpack_all(&unpacking, uki, error);
	if (r < 0)
		return r;
	tree_sort(base->tree);
	return 0;
}
