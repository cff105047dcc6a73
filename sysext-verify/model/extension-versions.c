/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "formats/core/strbuf.h"
#include "sysext-verify/model/extension-parts.h"

/* The last version with the rules of 257, the first that is known to have those of 262.
 */
#define SYSTEMD_OLD_RULES 257
#define SYSTEMD_NEW_RULES 262

/* That many entries are named in a message. */
#define MAX_LISTED        8

struct directory {
	DIR *stream;
	struct version_entry *entries; /* in an arena */
	size_t n;
};

static void directory_done(struct directory *directory)
{
	if (directory->stream)
		(void)closedir(directory->stream);
}

static enum version_type type_of(int fd, const char *name)
{
	struct stat status;

	if (fstatat(fd, name, &status, 0) < 0)
		return VERSION_GONE;
	if (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode))
		return VERSION_FILE;
	return S_ISDIR(status.st_mode) ? VERSION_DIRECTORY : VERSION_OTHER;
}

static int add_entry(struct arena *arena, struct directory *directory, const char *name,
		     struct error *error)
{
	size_t n = directory->n;

	if (n == LIMIT_VERSIONS)
		return error_set(error, -E2BIG,
				 "versioned directory has more than %d entries",
				 LIMIT_VERSIONS);
	/* Grows by doubling: a power of two is full. */
	if ((n & (n - 1)) == 0) {
		struct version_entry *entries =
			arena_array(arena, n ? n * 2 : 1, sizeof(*entries));

		if (!entries)
			return error_memory(error);
		for (size_t i = 0; i < n; i++)
			entries[i] = directory->entries[i];
		directory->entries = entries;
	}
	directory->entries[n].name = arena_strdup(arena, name);
	directory->entries[n].type = type_of(dirfd(directory->stream), name);
	if (!directory->entries[n].name)
		return error_memory(error);
	directory->n++;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct version_entry *one = a, *two = b;

	return strcmp(one->name, two->name);
}

static int list_entries(struct arena *arena, const char *path,
			struct directory *directory, struct error *error)
{
	struct dirent *entry;
	int r = 0;

	directory->stream = opendir(path);
	if (!directory->stream)
		return error_set(error, -errno, "cannot open '%s': %s", path,
				 strerror(errno));
	while (r == 0 && (errno = 0, entry = readdir(directory->stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = add_entry(arena, directory, entry->d_name, error);
	if (r == 0 && errno)
		return error_set(error, -errno, "cannot read '%s': %s", path,
				 strerror(errno));
	if (r == 0 && directory->n > 0)
		qsort(directory->entries, directory->n, sizeof(*directory->entries),
		      compare_names);
	return r;
}

/* "'a', 'b' and 3 more", for messages. */
static int describe(struct arena *arena, const struct directory *directory,
		    struct extension_versions *versions)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	for (size_t i = 0; i < directory->n && i < MAX_LISTED; i++)
		strbuf_addf(&text, "%s'%s'", text.size ? ", " : "",
			    directory->entries[i].name);
	if (directory->n == 0)
		strbuf_addf(&text, "nothing");
	if (directory->n > MAX_LISTED)
		strbuf_addf(&text, " and %zu more", directory->n - MAX_LISTED);
	versions->found =
		strbuf_ok(&text) ? arena_strdup(arena, strbuf_text(&text)) : NULL;
	return versions->found ? 0 : -ENOMEM;
}

static bool is_same(const struct version_choice *a, const struct version_choice *b)
{
	return a->answer == b->answer && a->entry == b->entry;
}

static void choose(struct extension_versions *versions, const struct directory *directory,
		   const char *name, const struct extension_place *place)
{
	struct version_pattern pattern = {.name = name,
					  .suffix = versions->suffix,
					  .architecture = place->architecture};
	struct version_choice by[N_VERSION_RULES];
	bool old =
		place->systemd_version > 0 && place->systemd_version <= SYSTEMD_OLD_RULES;

	for (size_t i = 0; i < N_VERSION_RULES; i++) {
		pattern.rules = (enum version_rules)i;
		by[i] = version_choose(directory->entries, directory->n, &pattern);
	}
	versions->choice = by[old ? VERSION_RULES_257 : VERSION_RULES_262];
	versions->needs_version =
		!old && place->systemd_version < SYSTEMD_NEW_RULES &&
		!is_same(&by[VERSION_RULES_257], &by[VERSION_RULES_262]);
}

static size_t cut_suffix(const char *text, size_t size, const char *suffix)
{
	size_t suffix_size = strlen(suffix);

	return size >= suffix_size &&
			       memcmp(text + size - suffix_size, suffix, suffix_size) == 0
		       ? size - suffix_size
		       : size;
}

/* image_discover() and extract_image_basename(): NAME[.sysext][.raw].v */
static int split_name(struct arena *arena, struct extension *extension,
		      const struct extension_place *place, char **ret_name)
{
	const char *file_name = extension->file_name;
	size_t whole = strlen(file_name) - strlen(".v"), size;
	bool mstack = place->systemd_version >= SYSTEMD_MSTACK;

	size = cut_suffix(file_name, whole, ".raw");
	if (size == whole && mstack)
		size = cut_suffix(file_name, whole, ".mstack");
	size = cut_suffix(file_name, size,
			  extension->class == EXTENSION_CONFEXT ? ".confext" : ".sysext");
	*ret_name = arena_strndup(arena, file_name, size);
	extension->versions.suffix = arena_strndup(arena, file_name + size, whole - size);
	return *ret_name && extension->versions.suffix ? 0 : -ENOMEM;
}

int extension_pick_version(struct arena *arena, struct extension *extension,
			   const struct extension_place *place, char **ret_name,
			   struct error *error)
{
	_cleanup_(directory_done) struct directory directory = {0};
	struct extension_versions *versions = &extension->versions;
	int r;

	versions->directory = extension->file_name;
	if (split_name(arena, extension, place, ret_name) < 0)
		return error_memory(error);
	r = list_entries(arena, extension->path, &directory, error);
	if (r < 0)
		return r;
	if (describe(arena, &directory, versions) < 0)
		return error_memory(error);
	choose(versions, &directory, *ret_name, place);
	if (versions->choice.answer != VERSION_FOUND)
		return 0;
	extension->file_name = versions->choice.entry->name;
	extension->opened =
		arena_printf(arena, "%s/%s", extension->path, extension->file_name);
	return extension->opened ? 0 : error_memory(error);
}
