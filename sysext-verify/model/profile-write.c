/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/profile.h"
#include "sysext-verify/model/profile-parts.h"

struct files {
	const struct tree *tree;
	struct map *facts; /* of profile_select() */
	struct map *names; /* path of a later name of a file -> path of the first */
	struct link *links;
	size_t n_links;
};

/* A file of which a directory has more than one name. */
struct link {
	uint64_t inode;
	size_t at; /* which of the nodes it is, in their order */
	size_t n_names;
};

static int compare_links(const void *a, const void *b)
{
	const struct link *one = a, *other = b;

	return (one->inode > other->inode) - (one->inode < other->inode);
}

/*
 * Sorted by inode, with the number of names of each. Numbers of inodes are those of a
 * machine or of a tool, and two names of one file say all that matters.
 */
static int find_links(struct files *files)
{
	size_t at = 0, n = 0;

	files->links = arena_array(files->tree->arena, files->tree->n_nodes,
				   sizeof(*files->links));
	if (!files->links)
		return -ENOMEM;
	TREE_FOREACH(node, files->tree) {
		at++;
		if (node->entry.type == ENTRY_FILE && node->entry.inode != 0)
			files->links[n++] =
				(struct link){.inode = node->entry.inode, .at = at};
	}
	qsort(files->links, n, sizeof(*files->links), compare_links);
	for (size_t i = 0; i < n; i++) {
		struct link *last =
			files->n_links ? &files->links[files->n_links - 1] : NULL;

		if (last && last->inode == files->links[i].inode) {
			last->n_names++;
			last->at = MIN(last->at, files->links[i].at);
			continue;
		}
		files->links[files->n_links] = files->links[i];
		files->links[files->n_links++].n_names = 1;
	}
	return 0;
}

/* The place of the first of its names, which is the same in every run; 0: it has one. */
static size_t find_link(const struct files *files, uint64_t inode)
{
	const struct link key = {.inode = inode};
	const struct link *found = bsearch(&key, files->links, files->n_links,
					   sizeof(*files->links), compare_links);

	return inode != 0 && found && found->n_names > 1 ? found->at : 0;
}

/* The other names of a file that the tree knows to be one, and changes as one. */
static int find_names(const struct files *files)
{
	TREE_FOREACH(node, files->tree) {
		if (!node->same || map_has(files->names, node->entry.path))
			continue;
		for (const struct node *other = node->same; other != node;
		     other = other->same)
			if (map_set(files->names, other->entry.path,
				    (char *)node->entry.path) < 0)
				return -ENOMEM;
	}
	return 0;
}

static void write_xattrs(const struct node *node, struct record_writer *writer)
{
	if (node->entry.n_xattrs == 0)
		return;
	record_open(writer, "xattrs", '[');
	for (size_t i = 0; i < node->entry.n_xattrs; i++) {
		record_open(writer, NULL, '{');
		record_add_text(writer, "name", node->entry.xattrs[i].name);
		record_add_bytes(writer, "value", node->entry.xattrs[i].value);
		record_close(writer, '}');
	}
	record_close(writer, ']');
}

static void write_numbers(const struct node *node, struct record_writer *writer)
{
	const struct entry *entry = &node->entry;
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"layer", node->base_layer},
		{"uid", entry->uid},
		{"gid", entry->gid},
		{"major", entry->device_major},
		{"minor", entry->device_minor},
		{"size", entry->size},
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (numbers[i].value > 0)
			record_add_number(writer, numbers[i].name, numbers[i].value);
}

/* What kind of file the bytes make it, as far as they tell. */
static void write_kind(const struct node *node, struct record_writer *writer)
{
	record_add_text(writer, "script", node->interpreter);
	if (node->elf)
		profile_write_elf(node->elf, writer);
	if (node->facts && node->facts->module)
		profile_write_module(node->facts->module,
				     node->facts->module_has_signature, writer);
	if (node->elf_error)
		profile_write_error("elf_error", node->elf_error, writer);
	if (node->read_error)
		profile_write_error("read_error", node->read_error, writer);
}

static int write_contents(const struct files *files, struct node *node,
			  struct record_writer *writer, struct error *error)
{
	uint8_t digest[DIGEST_SHA256_SIZE];
	size_t link = find_link(files, node->entry.inode);
	uintptr_t wanted = (uintptr_t)map_get(files->facts, node->entry.path);
	int r = node_digest(node, digest, NULL);

	if (r == -ENOMEM)
		return error_memory(error);
	if (r == 0)
		record_add_bytes(writer, "sha256", span_make(digest, sizeof(digest)));
	if (link > 0)
		record_add_number(writer, "inode", link);
	write_kind(node, writer);
	return profile_write_facts(files->tree, node, (unsigned)wanted, writer, error);
}

static int write_file(const struct files *files, struct node *node,
		      struct record_writer *writer, struct error *error)
{
	const struct entry *entry = &node->entry;
	char mode[8];
	int r = 0;

	if (map_has(files->names, entry->path)) {
		record_open(writer, NULL, '{');
		record_add_text(writer, "path", entry->path);
		record_add_text(writer, "same_as", map_get(files->names, entry->path));
		record_close(writer, '}');
		return 0;
	}
	(void)snprintf(mode, sizeof(mode), "%04o", entry->mode & 07777);
	record_open(writer, NULL, '{');
	record_add_text(writer, "path", entry->path);
	if (entry->type != ENTRY_FILE)
		record_add_text(writer, "type",
				profile_name_of(&profile_entry_types, entry->type));
	record_add_text(writer, "mode", mode);
	write_numbers(node, writer);
	record_add_text(writer, "target", entry->target);
	write_xattrs(node, writer);
	if (entry->type == ENTRY_FILE)
		r = write_contents(files, node, writer, error);
	record_close(writer, '}');
	return r;
}

int profile_write_files(const struct tree *tree, struct record_writer *writer,
			struct error *error)
{
	_cleanup_(map_freep) struct map *facts = NULL, *names = map_new();
	struct files files = {.tree = tree, .names = names};
	int r;

	r = profile_select(tree, &facts, error);
	if (r < 0)
		return r;
	files.facts = facts;
	if (!names || find_names(&files) < 0 || find_links(&files) < 0)
		return error_memory(error);
	record_open(writer, "files", '[');
	TREE_FOREACH(node, tree)
		if (r == 0)
			r = write_file(&files, node, writer, error);
	record_close(writer, ']');
	return r;
}

static void write_members(const struct initrd *initrd, struct record_writer *writer)
{
	if (initrd->n_members == 0)
		return;
	record_open(writer, "members", '[');
	for (size_t i = 0; i < initrd->n_members; i++) {
		const struct initrd_member *member = &initrd->members[i];

		record_open(writer, NULL, '{');
		record_add_number(writer, "offset", member->offset);
		record_add_number(writer, "size", member->size);
		record_add_number(writer, "unpacked_size", member->unpacked_size);
		record_add_number(writer, "entries", member->n_entries);
		record_add_text(
			writer, "compression",
			profile_name_of(&profile_compressions, member->compression));
		record_add_flags(writer, "faults", member->faults,
				 profile_member_faults.names, profile_member_faults.n);
		record_close(writer, '}');
	}
	record_close(writer, ']');
}

/* A directory has no bytes of its own. */
static int write_digest(const struct base_layer *layer, struct record_writer *writer,
			struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	uint8_t digest[DIGEST_SHA256_SIZE];
	int r;

	if (layer->kind == BASE_DIRECTORY)
		return 0;
	r = source_open_file(layer->path, &source, error);
	if (r == 0)
		r = digest_sha256_source(source, digest, error);
	if (r < 0)
		return error_wrap(error, r, "base '%s'", layer->path);
	record_add_number(writer, "size", source_size(source));
	record_add_bytes(writer, "sha256", span_make(digest, sizeof(digest)));
	return 0;
}

static int write_layer(const struct base *base, const struct base_layer *layer,
		       struct record_writer *writer, struct error *error)
{
	const struct initrd *initrd = &layer->initrd;
	int r;

	record_open(writer, NULL, '{');
	record_add_text(writer, "kind", base_kind_name(layer->kind));
	if (layer->path == base->path)
		record_add_true(writer, "main");
	record_add_text(writer, "uname", layer->uname);
	if (layer->ignored)
		record_add_true(writer, "ignored");
	if (layer->not_unpacked)
		record_add_true(writer, "not_unpacked");
	r = write_digest(layer, writer, error);
	record_add_flags(writer, "faults", initrd->faults, profile_initrd_faults.names,
			 profile_initrd_faults.n);
	if (initrd->faults & INITRD_FAULT_TRAILING_GARBAGE) {
		record_add_number(writer, "garbage_at", initrd->garbage_at);
		record_add_text(writer, "garbage", initrd->garbage);
	}
	write_members(initrd, writer);
	record_close(writer, '}');
	return r;
}

/* For people and lists of bases; all of it follows from the files as well. */
static void write_identity(const struct base *base, struct record_writer *writer)
{
	const struct release *release = base->os_release;

	record_open(writer, "identity", '{');
	if (release) {
		record_add_text(writer, "name",
				env_file_get(&release->file, "PRETTY_NAME"));
		record_add_text(writer, "id", release->id);
		record_add_text(writer, "version_id", release->version_id);
	}
	if (base->systemd_version > 0)
		record_add_number(writer, "systemd", base->systemd_version);
	record_add_text(writer, "architecture", base->architecture);
	record_add_text(writer, "kernel", base->kernel_release);
	record_close(writer, '}');
}

/* Of the UKI, and which of them is in here. */
static void write_profiles(const struct base *base, struct record_writer *writer)
{
	if (base->n_profiles > 0) {
		record_open(writer, "profiles", '[');
		for (uint32_t i = 0; i < base->n_profiles; i++) {
			record_open(writer, NULL, '{');
			record_add_text(writer, "id", base->profiles[i].id);
			record_add_text(writer, "title", base->profiles[i].title);
			record_add_text(writer, "differs", base->profiles[i].differs);
			record_close(writer, '}');
		}
		record_close(writer, ']');
	}
	if (base->profile > 0)
		record_add_number(writer, "profile", base->profile);
	if (base->profile_asked_for)
		record_add_true(writer, "profile_asked_for");
}

static int write_base(const struct base *base, struct record_writer *writer,
		      struct error *error)
{
	int r = 0;

	record_open(writer, "layers", '[');
	for (size_t i = 0; r == 0 && i < base->n_layers; i++)
		r = write_layer(base, &base->layers[i], writer, error);
	record_close(writer, ']');
	if (r < 0)
		return r;
	record_add_text(writer, "uname", base->uname);
	record_add_text(writer, "uki_architecture", base->uki_architecture);
	record_add_text(writer, "cmdline", base->cmdline);
	r = profile_write_kernel(&base->kernel, writer, error);
	if (r < 0)
		return r;
	write_profiles(base, writer);
	if (base->without_initrd)
		record_add_true(writer, "without_initrd");
	if (base->tree->n_lost > 0) {
		record_add_number(writer, "lost", base->tree->n_lost);
		record_add_text(writer, "first_lost", base->tree->first_lost);
	}
	return profile_write_files(base->tree, writer, error);
}

int profile_write(const struct base *base, const char *producer, uint8_t **ret,
		  size_t *ret_size, struct error *error)
{
	_cleanup_(record_writer_done) struct record_writer writer = {0};
	struct span text;
	int r;

	if (base->from_profile)
		return error_set(error, -EINVAL,
				 "base '%s' is a profile already, expected the files "
				 "that it describes",
				 base->path);
	record_open(&writer, NULL, '{');
	record_add_text(&writer, "format", PROFILE_FORMAT);
	record_add_number(&writer, "schema", PROFILE_SCHEMA);
	record_add_text(&writer, "writer", producer);
	write_identity(base, &writer);
	r = write_base(base, &writer, error);
	record_close(&writer, '}');
	strbuf_add_char(&writer.text, '\n');
	if (r < 0)
		return r;
	if (!strbuf_ok(&writer.text))
		return error_memory(error);
	if (writer.text.size > LIMIT_PROFILE)
		return error_set(error, -E2BIG,
				 "profile has %zu bytes, at most %" PRIu64 " are read",
				 writer.text.size, LIMIT_PROFILE);
	text = span_make(writer.text.data, writer.text.size);
	return profile_pack(text, ret, ret_size, error);
}
