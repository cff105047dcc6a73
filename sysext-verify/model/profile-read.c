/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/profile.h"
#include "sysext-verify/model/profile-parts.h"

#define FIELD(structure, member, type_, ...)                         \
	{                                                            \
		.name = #member, .type = RECORD_##type_,             \
		.offset = offsetof(structure, member), ##__VA_ARGS__ \
	}

struct members {
	const char *format, *writer, *uname, *uki_architecture, *cmdline, *first_lost;
	uint64_t schema, lost;
	const struct record *identity, *layers, *kernel, *profiles, *files;
	bool without_initrd, profile_asked_for;
	uint64_t profile;
};

static const struct record_field fields[] = {
	FIELD(struct members, format, TEXT, .required = true),
	FIELD(struct members, schema, NUMBER, .limit = PROFILE_SCHEMA, .required = true),
	FIELD(struct members, writer, TEXT, .required = true),
	FIELD(struct members, identity, OBJECT, .required = true),
	FIELD(struct members, layers, ARRAY, .required = true),
	FIELD(struct members, uname, TEXT),
	FIELD(struct members, uki_architecture, TEXT),
	FIELD(struct members, cmdline, TEXT),
	FIELD(struct members, kernel, OBJECT),
	FIELD(struct members, profiles, ARRAY),
	FIELD(struct members, profile, NUMBER, .limit = LIMIT_PE_SECTIONS),
	FIELD(struct members, profile_asked_for, TRUE),
	FIELD(struct members, without_initrd, TRUE),
	FIELD(struct members, lost, NUMBER, .limit = INT64_MAX),
	FIELD(struct members, first_lost, TEXT),
	FIELD(struct members, files, ARRAY, .required = true),
};

static const struct record_field profile_fields[] = {
	FIELD(struct base_profile, id, TEXT),
	FIELD(struct base_profile, title, TEXT),
	FIELD(struct base_profile, differs, TEXT),
};

static const struct record_field identity_fields[] = {
	FIELD(struct profile_identity, name, TEXT),
	FIELD(struct profile_identity, id, TEXT),
	FIELD(struct profile_identity, version_id, TEXT),
	FIELD(struct profile_identity, architecture, TEXT),
	FIELD(struct profile_identity, kernel, TEXT),
	FIELD(struct profile_identity, systemd, NUMBER, .limit = UINT32_MAX),
};

struct layer_members {
	const char *kind, *garbage, *uname;
	bool main, ignored, not_unpacked;
	uint64_t size, garbage_at;
	struct span sha256;
	struct record_words faults;
	const struct record *members;
};

static const struct record_field layer_fields[] = {
	FIELD(struct layer_members, kind, TEXT, .required = true),
	FIELD(struct layer_members, main, TRUE),
	FIELD(struct layer_members, uname, TEXT),
	FIELD(struct layer_members, ignored, TRUE),
	FIELD(struct layer_members, not_unpacked, TRUE),
	FIELD(struct layer_members, size, NUMBER, .limit = INT64_MAX),
	FIELD(struct layer_members, sha256, BYTES),
	FIELD(struct layer_members, faults, WORDS),
	FIELD(struct layer_members, garbage_at, NUMBER, .limit = INT64_MAX),
	FIELD(struct layer_members, garbage, TEXT),
	FIELD(struct layer_members, members, ARRAY),
};

struct member_members {
	uint64_t offset, size, unpacked_size, entries;
	const char *compression;
	struct record_words faults;
};

static const struct record_field member_fields[] = {
	FIELD(struct member_members, offset, NUMBER, .limit = INT64_MAX,
	      .required = true),
	FIELD(struct member_members, size, NUMBER, .limit = INT64_MAX, .required = true),
	FIELD(struct member_members, unpacked_size, NUMBER, .limit = INT64_MAX,
	      .required = true),
	FIELD(struct member_members, entries, NUMBER, .limit = INT64_MAX,
	      .required = true),
	FIELD(struct member_members, compression, TEXT, .required = true),
	FIELD(struct member_members, faults, WORDS),
};

static int read_member(struct arena *arena, const struct record *record,
		       struct initrd_member *ret, struct error *error)
{
	struct member_members members = {0};
	unsigned compression = 0;
	int r = record_read(record, member_fields, ARRAY_SIZE(member_fields), arena,
			    &members, error);

	if (r < 0)
		return r;
	if (!profile_value_of(&profile_compressions, members.compression, &compression))
		return error_bad(error, ERROR_NO_OFFSET, "compression is '%.64s'",
				 members.compression);
	*ret = (struct initrd_member){.offset = members.offset,
				      .size = members.size,
				      .unpacked_size = members.unpacked_size,
				      .n_entries = members.entries,
				      .compression = compression};
	return record_read_flags(&members.faults, profile_member_faults.names,
				 profile_member_faults.n, &ret->faults, error);
}

static int read_members(struct arena *arena, const struct record *array,
			struct initrd *initrd, struct error *error)
{
	size_t n = array ? record_size(array) : 0;
	int r = 0;

	if (n > LIMIT_INITRD_MEMBERS)
		return error_set(error, -E2BIG, "has %zu members, at most %d are read", n,
				 LIMIT_INITRD_MEMBERS);
	initrd->members = calloc(n + 1, sizeof(*initrd->members));
	if (!initrd->members)
		return error_memory(error);
	while (r == 0 && initrd->n_members < n) {
		struct initrd_member *member = &initrd->members[initrd->n_members];

		r = read_member(arena, record_at(array, initrd->n_members++), member,
				error);
	}
	return r;
}

/* The only layer has the profile's own name; of several, each has its number, too. */
static const char *name_layer(struct arena *arena, const char *path, size_t at, size_t n)
{
	return n == 1 ? path : arena_printf(arena, "%s, layer %zu", path, at + 1);
}

static int read_layer(struct arena *arena, const struct record *record,
		      struct base_layer *layer, bool *ret_main, struct error *error)
{
	struct layer_members members = {0};
	unsigned kind = 0;
	int r = record_read(record, layer_fields, ARRAY_SIZE(layer_fields), arena,
			    &members, error);

	if (r < 0)
		return r;
	if (!profile_value_of(&profile_kinds, members.kind, &kind))
		return error_bad(error, ERROR_NO_OFFSET, "kind is '%.64s'", members.kind);
	if (members.sha256.size != (kind == BASE_DIRECTORY ? 0 : DIGEST_SHA256_SIZE))
		return error_bad(error, ERROR_NO_OFFSET, "sha256 has %zu bytes",
				 members.sha256.size);
	layer->kind = kind;
	layer->uname = members.uname;
	layer->ignored = members.ignored;
	layer->not_unpacked = members.not_unpacked;
	layer->initrd.garbage_at = members.garbage_at;
	(void)snprintf(layer->initrd.garbage, sizeof(layer->initrd.garbage), "%s",
		       members.garbage ? members.garbage : "");
	*ret_main = members.main;
	r = record_read_flags(&members.faults, profile_initrd_faults.names,
			      profile_initrd_faults.n, &layer->initrd.faults, error);
	return r < 0 ? r : read_members(arena, members.members, &layer->initrd, error);
}

static int read_layers(struct arena *arena, const struct record *array, const char *path,
		       struct base *base, struct error *error)
{
	size_t n = record_size(array);
	int r;

	base->layers = arena_array(arena, n + 1, sizeof(*base->layers));
	if (!base->layers)
		return error_memory(error);
	base->path = path;
	if (n == 0 || n > UINT32_MAX)
		return error_bad(error, ERROR_NO_OFFSET, "has %zu layers", n);
	while (base->n_layers < n) {
		size_t at = base->n_layers++;
		struct base_layer *layer = &base->layers[at];
		bool main = false;

		layer->path = name_layer(arena, path, at, n);
		if (!layer->path)
			return error_memory(error);
		r = read_layer(arena, record_at(array, at), layer, &main, error);
		if (r < 0)
			return error_wrap(error, r, "layer %zu", at + 1);
		if (main)
			base->kind = layer->kind;
	}
	return 0;
}

static int read_profiles(struct arena *arena, const struct record *array,
			 struct base *base, struct error *error)
{
	size_t n = array ? record_size(array) : 0;
	int r = 0;

	if (n > LIMIT_PE_SECTIONS)
		return error_set(error, -E2BIG, "has %zu profiles, at most %d are read",
				 n, LIMIT_PE_SECTIONS);
	base->profiles = arena_array(arena, n, sizeof(*base->profiles));
	if (!base->profiles)
		return error_memory(error);
	while (r == 0 && base->n_profiles < n) {
		struct base_profile *profile = &base->profiles[base->n_profiles];

		r = record_read(record_at(array, base->n_profiles++), profile_fields,
				ARRAY_SIZE(profile_fields), arena, profile, error);
	}
	return r;
}

static int check_schema(const struct record *root, struct error *error)
{
	uint64_t schema;

	if (!record_peek_number(root, "schema", &schema))
		return error_bad(error, ERROR_NO_OFFSET, "has no number 'schema'");
	if (schema != PROFILE_SCHEMA)
		return error_set(error, -EOPNOTSUPP,
				 "has schema %" PRIu64
				 ", this program reads %d: use a newer one, or give the "
				 "base itself",
				 schema, PROFILE_SCHEMA);
	return 0;
}

/* The members of the outermost object; the identity follows from the files, too. */
static int read_members_of_root(struct arena *arena, const struct record *root,
				struct members *ret, struct profile_identity *identity,
				struct error *error)
{
	int r = check_schema(root, error);

	if (r == 0)
		r = record_read(root, fields, ARRAY_SIZE(fields), arena, ret, error);
	if (r < 0)
		return r;
	r = record_read(ret->identity, identity_fields, ARRAY_SIZE(identity_fields),
			arena, identity, error);
	return r < 0 ? error_wrap(error, r, "identity") : 0;
}

static int read_root(struct arena *arena, const struct record *root, const char *path,
		     struct base *base, struct error *error)
{
	struct profile_identity identity = {0};
	struct members members = {0};
	int r;

	r = read_members_of_root(arena, root, &members, &identity, error);
	if (r == 0)
		r = read_layers(arena, members.layers, path, base, error);
	if (r == 0)
		r = read_profiles(arena, members.profiles, base, error);
	if (r == 0 && members.kernel)
		r = profile_read_kernel(arena, members.kernel, path, &base->kernel,
					error);
	if (r < 0)
		return r;
	base->from_profile = true;
	base->uname = members.uname;
	base->uki_architecture = members.uki_architecture;
	base->cmdline = members.cmdline;
	base->profile = (uint32_t)members.profile;
	base->profile_asked_for = members.profile_asked_for;
	base->without_initrd = members.without_initrd;
	r = tree_new(arena, &base->tree, error);
	if (r < 0)
		return r;
	base->tree->n_lost = members.lost;
	base->tree->first_lost = members.first_lost;
	r = profile_read_files(members.files, (unsigned)base->n_layers, base->tree,
			       error);
	if (r == 0)
		tree_sort(base->tree);
	return r;
}

static int open_document(struct span text, struct record_document **ret,
			 struct error *error)
{
	return record_parse(text, LIMIT_PROFILE_VALUES, LIMIT_PROFILE_DEPTH, ret, error);
}

int profile_read_identity(struct arena *arena, struct source *source,
			  struct profile_identity *ret, struct error *error)
{
	_cleanup_(record_document_freep) struct record_document *document = NULL;
	_cleanup_free_ char *text = NULL;
	struct members members = {0};
	size_t size;
	int r = profile_unpack(source, &text, &size, error);

	if (r == 0)
		r = open_document(span_make(text, size), &document, error);
	if (r == 0)
		r = read_members_of_root(arena, record_root(document), &members, ret,
					 error);
	return r < 0 ? error_wrap(error, r, "base profile") : 0;
}

int profile_parse(struct arena *arena, struct span text, const char *path,
		  struct base *base, struct error *error)
{
	_cleanup_(record_document_freep) struct record_document *document = NULL;
	int r = open_document(text, &document, error);

	if (r == 0)
		r = read_root(arena, record_root(document), path, base, error);
	return r < 0 ? error_wrap(error, r, "base profile") : 0;
}

int profile_read(struct arena *arena, struct source *source, const char *path,
		 struct base *base, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = profile_unpack(source, &text, &size, error);

	if (r < 0)
		return error_wrap(error, r, "base profile");
	return profile_parse(arena, span_make(text, size), path, base, error);
}
