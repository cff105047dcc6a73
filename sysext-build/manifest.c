/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "formats/ini.h"
#include "sysext-build/stages.h"

/*
 * A level that compresses nearly as well as the highest at a seventh of the time (zstd, 1
 * MiB).
 */
#define DEFAULT_ZSTD_LEVEL 6
#define DEFAULT_BLOCK_SIZE (1 * MIB)

/* "extension-release." and the name have to fit NAME_MAX. */
#define MAX_NAME_SIZE      237

struct key;

struct parser {
	struct arena *arena;
	struct manifest *manifest;
};

struct key {
	const char *section, *name;
	int (*parse)(struct parser *parser, const struct key *key,
		     const struct manifest_item *item, struct error *error);
	size_t offset; /* of what it sets, in struct manifest */
};

static void *target_of(struct parser *parser, const struct key *key)
{
	return (char *)parser->manifest + key->offset;
}

static int parse_text(struct parser *parser, const struct key *key,
		      const struct manifest_item *item, struct error *error)
{
	struct manifest_item *target = target_of(parser, key);

	*target = *item;
	return 0;
}

static int append(struct parser *parser, struct manifest_list *list,
		  const struct manifest_item *item, struct error *error)
{
	struct manifest_item *items =
		arena_array(parser->arena, list->n_items + 1, sizeof(*items));

	if (!items)
		return error_memory(error);
	if (list->n_items > 0)
		memcpy(items, list->items, list->n_items * sizeof(*items));
	items[list->n_items++] = *item;
	list->items = items;
	return 0;
}

static int parse_whole(struct parser *parser, const struct key *key,
		       const struct manifest_item *item, struct error *error)
{
	return append(parser, target_of(parser, key), item, error);
}

/* Words separated by white space. */
static int parse_words(struct parser *parser, const struct key *key,
		       const struct manifest_item *item, struct error *error)
{
	static const char blanks[] = " \t";
	const char *at = item->value;

	while (*(at += strspn(at, blanks))) {
		size_t size = strcspn(at, blanks);
		struct manifest_item word = {.line = item->line};
		int r;

		word.value = arena_strndup(parser->arena, at, size);
		if (!word.value)
			return error_memory(error);
		r = append(parser, target_of(parser, key), &word, error);
		if (r < 0)
			return r;
		at += size;
	}
	return 0;
}

/* What must be below the root of a tree: the donor's, or that of a system. */
static int parse_paths(struct parser *parser, const struct key *key,
		       const struct manifest_item *item, struct error *error)
{
	struct manifest_list *list = target_of(parser, key);
	size_t before = list->n_items;
	int r;

	r = parse_words(parser, key, item, error);
	for (size_t i = before; r == 0 && i < list->n_items; i++)
		if (*list->items[i].value != '/')
			r = error_set(error, -EBADMSG,
				      "is '%s', must be an absolute path",
				      list->items[i].value);
	return r;
}

static int parse_name(struct parser *parser, const struct key *key,
		      const struct manifest_item *item, struct error *error)
{
	size_t size = strlen(item->value);

	if (size > MAX_NAME_SIZE)
		return error_set(error, -EBADMSG, "has %zu bytes, must have at most %d",
				 size, MAX_NAME_SIZE);
	if (!isalnum((unsigned char)*item->value))
		return error_set(error, -EBADMSG,
				 "is '%s', must begin with a letter or digit",
				 item->value);
	/* '_' and '+' begin a version, and ':' ',' '\' break the mount: systemd's rules.
	 */
	for (const char *c = item->value; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '.')
			return error_set(
				error, -EBADMSG,
				"is '%s', may have letters, digits, '-' and '.' only",
				item->value);
	return parse_text(parser, key, item, error);
}

static int parse_scope(struct parser *parser, const struct key *key,
		       const struct manifest_item *item, struct error *error)
{
	static const char *const scopes[] = {"initrd", "system", "portable"};
	struct manifest_list words = {0};
	struct parser inner = {.arena = parser->arena, .manifest = (void *)&words};
	int r;

	r = parse_words(&inner, &(struct key){.offset = 0}, item, error);
	for (size_t i = 0; r == 0 && i < words.n_items; i++) {
		const char *word = words.items[i].value;
		bool known = false;

		for (size_t s = 0; s < ARRAY_SIZE(scopes); s++)
			known = known || strcmp(word, scopes[s]) == 0;
		if (!known)
			r = error_set(error, -EBADMSG,
				      "has '%s', must be of initrd, system and portable",
				      word);
	}
	return r < 0 ? r : parse_text(parser, key, item, error);
}

static int parse_architecture(struct parser *parser, const struct key *key,
			      const struct manifest_item *item, struct error *error)
{
	if (strcmp(item->value, "_any") != 0 &&
	    !partition_type_for(PARTITION_ROOT, item->value))
		return error_set(error, -EBADMSG,
				 "is '%s', must be systemd's name of an architecture "
				 "(x86-64, arm64, riscv64, ...) or _any",
				 item->value);
	return parse_text(parser, key, item, error);
}

/* systemd's unit_name_is_valid(): characters of a name, and a known suffix. */
static int check_unit_name(const char *name, struct error *error)
{
	static const char *const suffixes[] = {
		".service", ".socket", ".target",    ".path",  ".timer", ".mount",
		".swap",    ".slice",  ".automount", ".scope", ".device"};
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		known = known || (string_ends_with(name, suffixes[i]) &&
				  strlen(name) > strlen(suffixes[i]));
	for (const char *c = name; known && *c; c++)
		known = isalnum((unsigned char)*c) || strchr(":_.@\\-", *c);
	if (!known)
		return error_set(error, -EBADMSG,
				 "is '%s', must be the name of a unit, such as "
				 "'example.service'",
				 name);
	return 0;
}

static int parse_units(struct parser *parser, const struct key *key,
		       const struct manifest_item *item, struct error *error)
{
	struct manifest_list *list = target_of(parser, key);
	size_t before = list->n_items;
	int r;

	r = parse_words(parser, key, item, error);
	for (size_t i = before; r == 0 && i < list->n_items; i++)
		r = check_unit_name(list->items[i].value, error);
	return r;
}

static int parse_target(struct parser *parser, const struct key *key,
			const struct manifest_item *item, struct error *error)
{
	int r = check_unit_name(item->value, error);

	return r < 0 ? r : parse_text(parser, key, item, error);
}

static int parse_number(const char *text, unsigned max, unsigned *ret,
			const char **ret_end)
{
	unsigned value = 0;
	const char *c;

	for (c = text; isdigit((unsigned char)*c); c++) {
		value = value * 10 + (unsigned)(*c - '0');
		if (value > max)
			return -ERANGE;
	}
	if (c == text)
		return -EINVAL;
	*ret = value;
	*ret_end = c;
	return 0;
}

static int parse_compression(struct parser *parser, const struct key *key,
			     const struct manifest_item *item, struct error *error)
{
	parser->manifest->image.compression = item->value;
	return 0;
}

static int parse_level(struct parser *parser, const struct key *key,
		       const struct manifest_item *item, struct error *error)
{
	const char *end;

	if (parse_number(item->value, 99, &parser->manifest->image.level, &end) < 0 ||
	    *end || parser->manifest->image.level == 0)
		return error_set(error, -EBADMSG, "is '%s', must be a number from 1",
				 item->value);
	return 0;
}

static int parse_block_size(struct parser *parser, const struct key *key,
			    const struct manifest_item *item, struct error *error)
{
	uint64_t size = 0;
	unsigned number;
	const char *end;

	if (parse_number(item->value, UINT32_C(1) << 20, &number, &end) == 0) {
		if (*end == 0)
			size = number;
		else if (strcmp(end, "K") == 0)
			size = number * KIB;
		else if (strcmp(end, "M") == 0)
			size = number * MIB;
	}
	if (size < 4 * KIB || size > MIB || (size & (size - 1)) != 0)
		return error_set(error, -EBADMSG,
				 "is '%s', must be a power of two from 4K to 1M",
				 item->value);
	parser->manifest->image.block_size = (uint32_t)size;
	return 0;
}

#define AT(member) offsetof(struct manifest, member)

static const struct key keys[] = {
	{"Extension", "Name", parse_name, AT(name)},
	{"Extension", "ID", parse_text, AT(id)},
	{"Extension", "VersionID", parse_text, AT(version_id)},
	{"Extension", "SysextLevel", parse_text, AT(level)},
	{"Extension", "Scope", parse_scope, AT(scope)},
	{"Extension", "Architecture", parse_architecture, AT(architecture)},
	{"Content", "Packages", parse_words, AT(packages)},
	{"Content", "Files", parse_paths, AT(files)},
	{"Content", "Tree", parse_whole, AT(trees)},
	{"Content", "Exclude", parse_paths, AT(excludes)},
	{"Activation", "Start", parse_units, AT(starts)},
	{"Activation", "Target", parse_target, AT(target)},
	{"Image", "Compression", parse_compression, 0},
	{"Image", "Level", parse_level, 0},
	{"Image", "BlockSize", parse_block_size, 0},
};

static bool may_repeat(const struct key *key)
{
	return strcmp(key->section, "Content") == 0 || strcmp(key->name, "Start") == 0;
}

/* Words of the table for a message: sections where @section is NULL, its keys otherwise.
 */
static const char *nearest_in_table(const char *word, const char *section)
{
	const char *words[ARRAY_SIZE(keys)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!section)
			words[n++] = keys[i].section;
		else if (strcmp(keys[i].section, section) == 0)
			words[n++] = keys[i].name;
	return nearest_word(word, words, n);
}

static int refuse_unknown(const struct ini_entry *entry, struct error *error)
{
	const char *nearest = nearest_in_table(entry->section, NULL);
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		known = known || strcmp(keys[i].section, entry->section) == 0;
	if (*entry->section == 0)
		return error_set(error, -EBADMSG,
				 "line %u: '%s=' stands before the first section",
				 entry->line, entry->key);
	if (!known)
		return error_set(error, -EBADMSG, "line %u: unknown section [%s], %s%s%s",
				 entry->line, entry->section,
				 nearest ? "did you mean [" : "there are ",
				 nearest ? nearest
					 : "[Extension], [Content], [Activation], [Image",
				 "]");
	nearest = nearest_in_table(entry->key, entry->section);
	return error_set(error, -EBADMSG, "line %u: unknown key '%s=' in [%s]%s%s%s",
			 entry->line, entry->key, entry->section,
			 nearest ? ", did you mean '" : "", nearest ? nearest : "",
			 nearest ? "='" : "");
}

static int take_entry(struct parser *parser, const struct ini_entry *entry,
		      unsigned lines[ARRAY_SIZE(keys)], struct error *error)
{
	struct manifest_item item = {.value = entry->value, .line = entry->line};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct key *key = &keys[i];
		int r;

		if (strcmp(key->section, entry->section) != 0 ||
		    strcmp(key->name, entry->key) != 0)
			continue;
		if (lines[i] && !may_repeat(key))
			return error_set(error, -EBADMSG,
					 "line %u: '%s=' is already set in line %u",
					 entry->line, key->name, lines[i]);
		lines[i] = entry->line;
		if (*entry->value == 0)
			return error_set(error, -EBADMSG, "line %u: '%s=' has no value",
					 entry->line, key->name);
		r = key->parse(parser, key, &item, error);
		if (r < 0)
			return error_wrap(error, r, "line %u: '%s='", entry->line,
					  key->name);
		return 0;
	}
	return refuse_unknown(entry, error);
}

/* The manifest's file name without its last suffix. */
static int default_name(struct parser *parser, struct error *error)
{
	struct manifest *manifest = parser->manifest;
	const char *name = path_name(manifest->path), *dot = strrchr(name, '.');
	struct manifest_item item = {0};
	int r;

	item.value =
		arena_strndup(parser->arena, name,
			      dot && dot > name ? (size_t)(dot - name) : strlen(name));
	if (!item.value)
		return error_memory(error);
	r = parse_name(parser, &keys[0], &item, error);
	if (r < 0)
		return error_wrap(
			error, r,
			"[Extension] has no 'Name=', and the manifest's own name");
	return 0;
}

static int fill_defaults(struct parser *parser, struct error *error)
{
	struct manifest *manifest = parser->manifest;
	struct image_settings *image = &manifest->image;
	int r;

	if (!manifest->name.value) {
		r = default_name(parser, error);
		if (r < 0)
			return r;
	}
	if (!manifest->scope.value)
		manifest->scope.value = "initrd";
	if (!manifest->target.value)
		manifest->target.value = "basic.target";
	if (!image->compression)
		image->compression = "zstd";
	if (image->level == 0 && strcmp(image->compression, "zstd") == 0)
		image->level = DEFAULT_ZSTD_LEVEL;
	if (image->block_size == 0)
		image->block_size = DEFAULT_BLOCK_SIZE;
	r = pack_check_settings(image, error);
	if (r < 0)
		return error_wrap(error, r, "[Image]");
	if (manifest->packages.n_items + manifest->files.n_items +
		    manifest->trees.n_items ==
	    0)
		return error_set(
			error, -EBADMSG,
			"[Content] has none of 'Packages=', 'Files=' and 'Tree='");
	return 0;
}

static int parse(struct parser *parser, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct manifest *manifest = parser->manifest;
	unsigned lines[ARRAY_SIZE(keys)] = {0};
	struct ini ini;
	int r;

	r = source_open_file(manifest->path, &source, error);
	if (r < 0)
		return r;
	r = ini_read(parser->arena, source, &ini, error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ini.n_entries; i++) {
		r = take_entry(parser, &ini.entries[i], lines, error);
		if (r < 0)
			return r;
	}
	return fill_defaults(parser, error);
}

int manifest_read(struct arena *arena, const char *path, struct manifest **ret,
		  struct error *error)
{
	struct manifest *manifest = arena_alloc(arena, sizeof(*manifest));
	struct parser parser = {.arena = arena, .manifest = manifest};
	int r;

	if (!manifest)
		return error_memory(error);
	manifest->path = path;
	manifest->directory =
		strchr(path, '/') ? arena_strndup(arena, path,
						  MAX(path_parent_size(path), (size_t)1))
				  : ".";
	if (!manifest->directory)
		return error_memory(error);
	r = parse(&parser, error);
	if (r < 0)
		return error_wrap(error, r, "manifest '%s'", path);
	*ret = manifest;
	return 0;
}
