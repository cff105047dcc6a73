/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/base.h"

#include <stdio.h>
#include <string.h>

#include "formats/core/path.h"
#include "sysext-verify/model/base-facts.h"
#include "sysext-verify/model/facts.h"
#include "sysext-verify/model/systemd.h"
#include "sysext-verify/model/units.h"

const char *base_kind_name(enum base_kind kind)
{
	static const char *const names[] = {
		[BASE_INITRD] = "initrd",
		[BASE_DIRECTORY] = "directory",
		[BASE_UKI] = "uki",
		[BASE_ADDON] = "addon",
	};

	return names[kind];
}

/*
 * libsystemd-shared-257.so, libsystemd-shared-257.13-1.fc42.so: the number before
 * anything else.
 */
static unsigned shared_library_version(const char *name)
{
	static const char prefix[] = "libsystemd-shared-";
	unsigned version = 0;

	if (!string_starts_with(name, prefix) || !string_ends_with(name, ".so"))
		return 0;
	for (const char *c = name + strlen(prefix);
	     *c >= '0' && *c <= '9' && version < 100000; c++)
		version = version * 10 + (unsigned)(*c - '0');
	return version;
}

static void find_systemd(struct base *base)
{
	base->systemd = tree_chase(base->tree, "/usr/lib/systemd/systemd", NULL);
	if (!base->systemd)
		base->systemd = tree_chase(base->tree, "/lib/systemd/systemd", NULL);
	base->sysext = tree_chase(base->tree, "/usr/bin/systemd-sysext", NULL);
	if (!base->sysext)
		base->sysext = tree_chase(base->tree, "/bin/systemd-sysext", NULL);
	if (base->systemd && base->systemd->elf)
		base->architecture = elf_architecture(base->systemd->elf);
	if (!base->architecture)
		base->architecture = base->uki_architecture;
	base->modprobe = tree_chase(base->tree, "/usr/sbin/modprobe", NULL);
	if (!base->modprobe)
		base->modprobe = tree_chase(base->tree, "/sbin/modprobe", NULL);

	TREE_FOREACH(node, base->tree) {
		unsigned version = shared_library_version(node->name);

		if (version > base->systemd_version) {
			base->systemd_version = version;
			base->shared_library = node;
		}
		if (strcmp(node->name, "libcryptsetup.so.12") == 0 &&
		    tree_chase(base->tree, node->entry.path, NULL))
			base->libcryptsetup = node;
	}
}

static int read_releases(struct arena *arena, struct base *base, struct error *error)
{
	static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};
	struct release *release;
	int r;

	base->tree->env_flags = release_flags(base->systemd_version);
	base->initrd_release = tree_chase(base->tree, "/etc/initrd-release", NULL);
	base->initrd_release_dangles = !base->initrd_release &&
				       tree_chase_link(base->tree, "/etc/initrd-release");

	for (size_t i = 0; i < ARRAY_SIZE(paths) && !base->os_release; i++) {
		struct node *node = tree_chase(base->tree, paths[i], NULL);

		if (!node || node->entry.type != ENTRY_FILE)
			continue;
		release = arena_alloc(arena, sizeof(*release));
		if (!release)
			return error_memory(error);
		release->path = node->entry.path;
		r = node_assignments(base->tree, node, &release->file, error);
		if (r < 0)
			return r;
		release_fill(release, EXTENSION_SYSEXT);
		base->os_release = release;
	}
	return 0;
}

static bool is_unit_directory(const char *path)
{
	for (size_t i = 0; unit_directories[i]; i++)
		if (strcmp(path, unit_directories[i]) == 0)
			return true;
	return false;
}

/*
 * A link in a .wants/ or .requires/ directory adds the dependency by its name, even a
 * dangling one.
 */
static bool pulls_in(const struct node *link, const char *unit)
{
	const struct node *directory = link->parent;

	return strcmp(link->name, unit) == 0 && directory && directory->parent &&
	       (string_ends_with(directory->name, ".wants") ||
		string_ends_with(directory->name, ".requires") ||
		string_ends_with(directory->name, ".upholds")) &&
	       is_unit_directory(directory->parent->entry.path);
}

static bool is_mask(const struct node *node)
{
	if (node->entry.type == ENTRY_SYMLINK)
		return strcmp(node->entry.target, "/dev/null") == 0;
	return node->entry.type == ENTRY_FILE && node->entry.size == 0;
}

static void find_unit(struct base *base)
{
	bool initrd_unit = base->systemd_version >= SYSTEMD_INITRD_UNIT;

	base->unit =
		initrd_unit ? "systemd-sysext-initrd.service" : "systemd-sysext.service";
	TREE_FOREACH(node, base->tree) {
		if (strcmp(node->name, base->unit) != 0 || !node->parent)
			continue;
		if (is_unit_directory(node->parent->entry.path)) {
			if (is_mask(node) && !base->unit_masked)
				base->unit_masked = node;
			else if (!base->unit_node)
				base->unit_node = node;
		} else if (pulls_in(node, base->unit) && !base->unit_enabled_by) {
			base->unit_enabled_by = node->entry.path;
		}
	}
}

static int read_facts(struct arena *arena, struct base *base, struct error *error)
{
	int r;

	find_systemd(base);
	find_unit(base);
	r = read_releases(arena, base, error);
	if (r == 0)
		r = base_read_facilities(arena, base, error);
	return r < 0 ? r : base_read_certificates(arena, base, error);
}

int base_read(struct arena *arena, const struct base_request *request, struct base **ret,
	      struct error *error)
{
	_cleanup_(base_freep) struct base *base = calloc(1, sizeof(*base));
	int r;

	if (!base)
		return error_memory(error);
	r = base_read_layers(arena, request, base, error);
	if (r < 0)
		return r;
	r = read_facts(arena, base, error);
	if (r < 0)
		return error_wrap(error, r, "base '%s'", base->path);
	*ret = TAKE_PTR(base);
	return 0;
}

int base_read_path(struct arena *arena, const char *path, struct base **ret,
		   struct error *error)
{
	const struct base_request request = {.layers = &path, .n_layers = 1};

	return base_read(arena, &request, ret, error);
}

const struct base_layer *base_layer_of(const struct base *base, const struct node *node)
{
	return &base->layers[node->base_layer];
}

static void close_layer(struct base_layer *layer)
{
	if (layer->image)
		uki_done(layer->image);
	free(layer->image);
	initrd_done(&layer->initrd);
	source_unref(layer->source);
}

void base_free(struct base *base)
{
	if (!base)
		return;
	base_kernel_done(&base->kernel);
	for (size_t i = 0; i < base->n_certificates; i++)
		certificate_free(base->certificates[i].certificate);
	for (size_t i = 0; i < base->n_layers; i++)
		close_layer(&base->layers[i]);
	tree_free(base->tree);
	free(base);
}
