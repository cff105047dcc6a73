/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/extension.h"

#include <string.h>
#include <sys/stat.h>

#include "formats/core/path.h"
#include "formats/directory.h"
#include "sysext-verify/model/extension-parts.h"
#include "sysext-verify/model/systemd.h"

/* An unsigned hash tree is used since this version. */
#define SYSTEMD_UNSIGNED_VERITY 258

bool extension_uses_verity(const struct extension *extension, unsigned systemd_version)
{
	const struct ddi *ddi = &extension->ddi;

	if (extension->sidecars.used)
		return true;
	return ddi->hash.partition &&
	       (ddi->signature.partition || systemd_version == 0 ||
		systemd_version >= SYSTEMD_UNSIGNED_VERITY ||
		(extension->sidecars.reach && extension_sidecars_match(extension)));
}

/* Broken bytes are a fact about the extension; anything else says that the run failed. */
static bool ends_the_run(int code)
{
	return code < 0 && !error_is_input(code);
}

static int check_verity(struct arena *arena, struct extension *extension,
			struct error *error)
{
	struct ddi *ddi = &extension->ddi;
	const struct verity_signature *signature = &ddi->verity_signature;
	struct verity_report *verity = &extension->verity;
	int r;

	if (!ddi->has_superblock || !ddi->data.source || !ddi->hash.source)
		return 0;
	r = verity_check(ddi->data.source, ddi->hash.source, &ddi->superblock, 0, verity,
			 &extension->verity_error);
	if (r == -ENOMEM)
		return error_memory(error);
	if (r < 0)
		return 0;
	extension->verity_checked = true;
	if (signature->root_hash_size > 0)
		extension->root_hash_matches =
			signature->root_hash_size == verity->root_hash_size &&
			memcmp(signature->root_hash, verity->root_hash,
			       verity->root_hash_size) == 0;
	return 0;
}

static int parse_signature(struct extension *extension, struct error *error)
{
	const struct verity_signature *signature = &extension->ddi.verity_signature;
	int r;

	if (!extension->ddi.has_signature)
		return 0;
	r = pkcs7_parse(span_make(signature->pkcs7, signature->pkcs7_size),
			&extension->pkcs7, &extension->pkcs7_error);
	return r == -ENOMEM ? error_memory(error) : 0;
}

static int read_tree(struct arena *arena, struct extension *extension,
		     struct error *error)
{
	struct tree_builder builder = {.lazy = true};
	struct entry_visitor visitor = tree_builder_visitor(&builder);
	_cleanup_(tree_freep) struct tree *tree = NULL;
	int r;

	r = tree_new(arena, &tree, error);
	if (r < 0)
		return r;
	builder.tree = tree;
	/* The file system of a usr partition is mounted on /usr. */
	if (extension->ddi.data.type && extension->ddi.data.type->role == PARTITION_USR)
		builder.below = "usr";
	if (extension->kind == EXTENSION_DIRECTORY)
		r = directory_read(extension->opened, &visitor, error);
	else
		r = extension_read_filesystem(extension, &visitor,
					      &extension->tree_error);
	if (extension->kind == EXTENSION_DIRECTORY && r < 0)
		return r;
	if (ends_the_run(r))
		return error_set(error, r, "%s", extension->tree_error.message);
	if (r < 0)
		return 0;
	tree_sort(tree);
	extension->tree = TAKE_PTR(tree);
	return 0;
}

static int read_image(struct arena *arena, struct extension *extension,
		      const struct extension_place *place, struct error *error)
{
	int r;

	r = source_open_file(extension->opened, &extension->source, error);
	if (r < 0)
		return r;
	extension->size = source_size(extension->source);
	extension->empty = extension->size == 0;
	r = ddi_read(extension->source, place->architecture, &extension->ddi, error);
	if (r == 0)
		r = extension_recognize(extension, place->systemd_version, error);
	if (r == 0)
		r = extension_read_sidecars(arena, extension, error);
	if (r == 0)
		r = check_verity(arena, extension, error);
	if (r == 0)
		r = parse_signature(extension, error);
	if (r < 0 || !extension->ddi.data.source)
		return r;
	if (extension_reads_filesystem(extension->ddi.filesystem))
		r = read_tree(arena, extension, error);
	else
		extension->tree_unsupported =
			extension->ddi.filesystem != FILESYSTEM_NONE &&
			extension->ddi.filesystem < FILESYSTEM_LUKS;
	return r < 0 ? r : extension_find_damage(arena, extension, error);
}

/* image_discover(), 262: the ending of a stack of layers is not part of the name. */
static char *without_mstack(struct arena *arena, const struct extension *extension,
			    const struct extension_place *place)
{
	const char *file_name = extension->file_name;
	size_t size = strlen(file_name);

	if (extension->kind == EXTENSION_DIRECTORY &&
	    place->systemd_version >= SYSTEMD_MSTACK &&
	    string_ends_with(file_name, ".mstack"))
		size -= strlen(".mstack");
	return arena_strndup(arena, file_name, size);
}

static int find_name(struct arena *arena, struct extension *extension,
		     const struct extension_place *place, struct error *error)
{
	struct extension_versions *versions = &extension->versions;
	char *name = NULL;
	int r;

	if (extension->is_block) {
		if (!extension_name_is_valid(extension->file_name))
			return 0;
		extension->name = strdup(extension->file_name);
		return extension->name ? 0 : error_memory(error);
	}
	if (extension->kind == EXTENSION_RAW ||
	    !string_ends_with(extension->file_name, ".v") ||
	    !systemd_since(place->systemd_version, SYSTEMD_VERSIONS)) {
		name = without_mstack(arena, extension, place);
		if (!name)
			return error_memory(error);
		extension->name = extension_image_name(
			name, extension->kind, extension->class, place->systemd_version);
		return 0;
	}
	r = extension_pick_version(arena, extension, place, &name, error);
	if (r < 0)
		return r;
	if (versions->choice.answer == VERSION_FOUND &&
	    version_suffix_is_raw(versions->suffix))
		extension->kind = EXTENSION_RAW;
	if (!extension_name_is_valid(name))
		return 0;
	extension->name = strdup(name);
	return extension->name ? 0 : error_memory(error);
}

/* A directory is asked for its image name, in every version. */
static int find_release_name(struct extension *extension,
			     const struct extension_place *place, struct error *error)
{
	if (!extension->name)
		return 0;
	extension->release_name =
		extension->kind == EXTENSION_RAW && !extension->is_block
			? extension_release_name(extension->file_name, extension->name,
						 place->systemd_version)
			: strdup(extension->name);
	return extension->release_name ? 0 : error_memory(error);
}

static int read_any(struct arena *arena, struct extension *extension,
		    const struct extension_place *place, struct error *error)
{
	struct stat status;
	int r;

	if (stat(extension->path, &status) < 0)
		return error_set(error, -errno, "cannot open: %s", strerror(errno));
	extension->kind = S_ISDIR(status.st_mode) ? EXTENSION_DIRECTORY : EXTENSION_RAW;
	extension->is_block = S_ISBLK(status.st_mode);
	r = find_name(arena, extension, place, error);
	if (r == 0)
		r = find_release_name(extension, place, error);
	if (r < 0)
		return r;
	if (extension->versions.directory &&
	    extension->versions.choice.answer != VERSION_FOUND)
		return 0;
	if (extension->kind == EXTENSION_DIRECTORY)
		r = read_tree(arena, extension, error);
	else
		r = read_image(arena, extension, place, error);
	return r < 0 ? r : extension_find_release(arena, extension, error);
}

/* "dir/name/" means "dir/name". */
static char *last_component(struct arena *arena, const char *path)
{
	size_t size = strlen(path);
	char *copy;

	while (size > 1 && path[size - 1] == '/')
		size--;
	copy = arena_strndup(arena, path, size);
	return copy && copy[1] ? (char *)path_name(copy) : copy;
}

static bool is_confext_name(const char *name)
{
	return string_ends_with(name, ".confext.raw") ||
	       string_ends_with(name, ".confext.raw.v");
}

int extension_read(struct arena *arena, const char *path,
		   const struct extension_place *place, struct extension **ret,
		   struct error *error)
{
	_cleanup_(extension_freep) struct extension *extension =
		calloc(1, sizeof(*extension));
	int r;

	if (!extension)
		return error_memory(error);
	extension->path = path;
	extension->opened = path;
	extension->location = place->location;
	extension->systemd_version = place->systemd_version;
	extension->file_name =
		place->file_name ? place->file_name : last_component(arena, path);
	if (!extension->file_name)
		return error_memory(error);
	/* systemd-stub tells the classes by the name, systemd by the directory. */
	extension->class = location_is_of_stub(place->location) &&
					   is_confext_name(extension->file_name)
				   ? EXTENSION_CONFEXT
				   : EXTENSION_SYSEXT;
	r = read_any(arena, extension, place, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(extension);
	return 0;
}

void extension_free(struct extension *extension)
{
	if (!extension)
		return;
	tree_free(extension->tree);
	pkcs7_free(extension->pkcs7);
	verity_report_done(&extension->verity);
	free(extension->sidecars.pkcs7);
	ddi_done(&extension->ddi);
	source_unref(extension->source);
	free(extension->name);
	free(extension->release_name);
	free(extension);
}
