/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "sysext-verify/model/profile-parts.h"

struct file_members {
	const char *path, *same_as, *type, *mode, *target, *script;
	uint64_t layer, uid, gid, major, minor, size, inode;
	struct span sha256;
	const struct record *xattrs, *elf, *elf_error, *read_error;
	struct profile_fact_members facts;
};

#define FIELD(member_, type_, ...)                                              \
	{                                                                       \
		.name = #member_, .type = RECORD_##type_,                       \
		.offset = offsetof(struct file_members, member_), ##__VA_ARGS__ \
	}
#define FACT(member_, type_)                                              \
	{                                                                 \
		.name = #member_, .type = RECORD_##type_,                 \
		.offset = offsetof(struct file_members, facts) +          \
			  offsetof(struct profile_fact_members, member_), \
	}

static const struct record_field file_fields[] = {
	FIELD(path, TEXT, .required = true),
	FIELD(type, TEXT),
	FIELD(same_as, TEXT),
	FIELD(mode, TEXT),
	FIELD(layer, NUMBER, .limit = UINT32_MAX),
	FIELD(uid, NUMBER, .limit = UINT32_MAX),
	FIELD(gid, NUMBER, .limit = UINT32_MAX),
	FIELD(major, NUMBER, .limit = UINT32_MAX),
	FIELD(minor, NUMBER, .limit = UINT32_MAX),
	FIELD(size, NUMBER, .limit = INT64_MAX),
	FIELD(target, TEXT),
	FIELD(xattrs, ARRAY),
	FIELD(sha256, BYTES),
	FIELD(inode, NUMBER, .limit = INT64_MAX),
	FIELD(script, TEXT),
	FIELD(elf, OBJECT),
	FIELD(elf_error, OBJECT),
	FIELD(read_error, OBJECT),
	FACT(lines, ARRAY),
	FACT(assignments, OBJECT),
	FACT(index, WORDS),
	FACT(certificate, OBJECT),
	FACT(module, OBJECT),
	FACT(users, ARRAY),
	FACT(groups, ARRAY),
	FACT(shadows, ARRAY),
};

/* In the form of formats/core/path.h, which path_clean() leaves as it is. */
static int check_path(const char *path, struct error *error)
{
	char clean[LIMIT_PATH_SIZE];
	size_t size = strlen(path);
	int r;

	if (size >= sizeof(clean))
		return error_bad(error, ERROR_NO_OFFSET,
				 "path has %zu bytes, at most %zu", size,
				 sizeof(clean) - 1);
	r = path_clean(path, size, clean, error);
	if (r < 0)
		return r;
	return strcmp(path, clean) == 0
		       ? 0
		       : error_bad(error, ERROR_NO_OFFSET,
				   "path is written otherwise than '%s'", clean);
}

static int read_mode(const char *text, uint32_t *ret, struct error *error)
{
	uint32_t mode = 0;

	if (!text)
		return error_bad(error, ERROR_NO_OFFSET, "has no mode");
	if (strlen(text) != 4 || strspn(text, "01234567") != 4)
		return error_bad(error, ERROR_NO_OFFSET,
				 "mode is '%.16s', must be four octal digits", text);
	for (const char *c = text; *c; c++)
		mode = mode * 8 + (uint32_t)(*c - '0');
	*ret = mode;
	return 0;
}

static int read_xattrs(struct arena *arena, const struct record *array,
		       struct entry *entry, struct error *error)
{
	static const struct record_field fields[] = {
		{"name", RECORD_TEXT, offsetof(struct entry_xattr, name), true, 0},
		{"value", RECORD_BYTES, offsetof(struct entry_xattr, value), true, 0}};
	size_t n = array ? record_size(array) : 0;
	int r = 0;

	if (n > LIMIT_XATTRS)
		return error_set(error, -E2BIG, "has %zu extended attributes, at most %d",
				 n, LIMIT_XATTRS);
	entry->xattrs = arena_array(arena, n + 1, sizeof(*entry->xattrs));
	if (!entry->xattrs)
		return error_memory(error);
	while (r == 0 && entry->n_xattrs < n) {
		struct entry_xattr *xattr = &entry->xattrs[entry->n_xattrs];

		r = record_read(record_at(array, entry->n_xattrs++), fields,
				ARRAY_SIZE(fields), arena, xattr, error);
	}
	return r;
}

static int read_type(const struct file_members *members, enum entry_type *ret,
		     struct error *error)
{
	unsigned type = ENTRY_FILE;

	if (members->type &&
	    !profile_value_of(&profile_entry_types, members->type, &type))
		return error_bad(error, ERROR_NO_OFFSET, "type is '%.64s'",
				 members->type);
	if ((type == ENTRY_SYMLINK) != (members->target != NULL))
		return error_bad(error, ERROR_NO_OFFSET,
				 "a link, and nothing else, has a target");
	*ret = type;
	return 0;
}

static int make_entry(struct arena *arena, const struct file_members *members,
		      struct entry *ret, struct error *error)
{
	struct entry entry = {.path = members->path,
			      .uid = (uint32_t)members->uid,
			      .gid = (uint32_t)members->gid,
			      .device_major = (uint32_t)members->major,
			      .device_minor = (uint32_t)members->minor,
			      .target = members->target,
			      .size = members->size,
			      .inode = members->inode,
			      .has_digest = members->sha256.data != NULL};
	int r;

	r = check_path(members->path, error);
	if (r == 0)
		r = read_type(members, &entry.type, error);
	if (r == 0)
		r = read_mode(members->mode, &entry.mode, error);
	if (r == 0)
		r = read_xattrs(arena, members->xattrs, &entry, error);
	if (r < 0)
		return r;
	if (entry.has_digest && members->sha256.size != sizeof(entry.digest))
		return error_bad(error, ERROR_NO_OFFSET,
				 "sha256 has %zu bytes, must have %zu",
				 members->sha256.size, sizeof(entry.digest));
	if (entry.has_digest)
		memcpy(entry.digest, members->sha256.data, sizeof(entry.digest));
	*ret = entry;
	return 0;
}

/* One more name of a file that was there before, and all that the file is. */
static int make_name(const struct tree *tree, const struct file_members *members,
		     struct entry *ret, struct error *error)
{
	const struct node *first = tree_get(tree, members->same_as);
	int r = check_path(members->path, error);

	if (r < 0)
		return r;
	if (!first || first->entry.type != ENTRY_FILE || members->mode)
		return error_bad(error, ERROR_NO_OFFSET,
				 "is the same as '%.200s', expected a file before it and "
				 "no mode of its own",
				 members->same_as);
	/* Without contents of its own it is only a name. */
	*ret = first->entry;
	ret->path = members->path;
	ret->link = members->same_as;
	ret->size = 0;
	return 0;
}

static int take_error(struct arena *arena, const struct record *record,
		      struct error **ret, struct error *error)
{
	if (!record)
		return 0;
	*ret = arena_alloc(arena, sizeof(**ret));
	if (!*ret)
		return error_memory(error);
	**ret = (struct error)ERROR_INIT;
	return profile_read_error(arena, record, *ret, error);
}

static int fill_node(struct arena *arena, const struct file_members *members,
		     struct node *node, struct error *error)
{
	int r = 0;

	node->base_layer = (unsigned)members->layer;
	node->is_elf = members->elf || members->elf_error;
	if (members->script) {
		node->interpreter = arena_strdup(arena, members->script);
		if (!node->interpreter)
			return error_memory(error);
	}
	if (members->elf)
		r = profile_read_elf(arena, members->elf, &node->elf, error);
	if (r == 0)
		r = take_error(arena, members->elf_error, &node->elf_error, error);
	if (r == 0)
		r = take_error(arena, members->read_error, &node->read_error, error);
	return r < 0 ? r : profile_read_facts(arena, &members->facts, node, error);
}

/*
 * A profile has each path once, below a directory that it named before: nothing is
 * followed, replaced or lost.
 */
static int read_file(const struct record *record, unsigned n_layers, struct tree *tree,
		     struct error *error)
{
	struct file_members members = {0};
	struct entry entry;
	struct node *node;
	int r;

	r = record_read(record, file_fields, ARRAY_SIZE(file_fields), tree->arena,
			&members, error);
	if (r == 0)
		r = members.same_as ? make_name(tree, &members, &entry, error)
				    : make_entry(tree->arena, &members, &entry, error);
	if (r == 0 && members.layer >= n_layers)
		r = error_bad(error, ERROR_NO_OFFSET, "layer is %u of %u",
			      (unsigned)members.layer, n_layers);
	if (r == 0 && *entry.path && tree_get(tree, entry.path))
		r = error_bad(error, ERROR_NO_OFFSET, "is named twice");
	if (r == 0)
		r = tree_add(tree, &entry, &node, error);
	if (r == 0 && (!node || strcmp(node->entry.path, entry.path) != 0))
		r = error_bad(error, ERROR_NO_OFFSET,
			      "has no directory, expected one before it");
	if (r == 0 && !members.same_as)
		r = fill_node(tree->arena, &members, node, error);
	return r < 0 && members.path ? error_wrap(error, r, "'%.200s'", members.path) : r;
}

int profile_read_files(const struct record *files, unsigned n_layers, struct tree *tree,
		       struct error *error)
{
	size_t n = record_size(files);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = read_file(record_at(files, i), n_layers, tree, error);
		if (r < 0)
			return error_wrap(error, r, "file %zu", i);
	}
	return 0;
}
