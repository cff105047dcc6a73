/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/cpio.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "formats/core/arena.h"
#include "formats/core/limits.h"
#include "formats/core/map.h"
#include "formats/core/path.h"
#include "formats/cpio-header.h"

#define HEAD_SIZE  64 /* bytes that entry_visitor.want() is shown */
#define PIECE_SIZE (64 * KIB)

/* A file with several names, as find_link() of the kernel knows it: by its first. */
struct inode {
	const char *path;
	struct cpio_header header;
};

struct reader {
	struct decompressor *in;
	const struct entry_visitor *visitor;
	struct cpio_result *result;
	struct digest *digest; /* NULL if nobody wants digests */
	struct arena *arena;   /* of inodes and their keys */
	struct map *inodes;
	uint64_t start; /* produced bytes before this archive */
};

static uint64_t position(const struct reader *reader)
{
	return decompressor_produced(reader->in) - reader->start;
}

static int read_exactly(struct reader *reader, void *buffer, size_t size,
			const char *what, struct error *error)
{
	uint64_t at = position(reader);
	size_t n;
	int r;

	r = decompressor_read(reader->in, buffer, size, &n, error);
	if (r < 0)
		return r;
	if (n < size)
		return error_bad(error, at,
				 "%s needs %zu bytes, the archive ends after %zu", what,
				 size, n);
	return 0;
}

/*
 * Headers, names and contents each start at a multiple of 4 from the start of the
 * archive.
 */
static int skip_padding(struct reader *reader, struct error *error)
{
	uint8_t padding[3];

	return read_exactly(reader, padding, (size_t)(-position(reader) & 3), "padding",
			    error);
}

static int read_name(struct reader *reader, const struct cpio_header *header, char *name,
		     struct error *error)
{
	uint64_t at = position(reader);
	int r;

	if (header->name_size == 0 || header->name_size > LIMIT_PATH_SIZE)
		return error_bad(error, at,
				 "name has %" PRIu32 " bytes, must have 1 to %d",
				 header->name_size, LIMIT_PATH_SIZE);
	r = read_exactly(reader, name, header->name_size, "name", error);
	if (r < 0)
		return r;
	if (name[header->name_size - 1] != 0)
		return error_bad(error, at + header->name_size - 1,
				 "name ends with byte 0x%02x, must end with 0",
				 (uint8_t)name[header->name_size - 1]);
	return skip_padding(reader, error);
}

static void set_fault(struct reader *reader, enum cpio_fault fault, const char *path)
{
	struct cpio_result *result = reader->result;

	if (result->faults == 0)
		(void)snprintf(result->first_fault_path, sizeof(result->first_fault_path),
			       "%s", path);
	result->faults |= fault;
}

/*
 * A file's bytes on their way: counted, summed, digested and kept as far as somebody
 * wants.
 */
struct body {
	uint8_t *data;
	size_t size, capacity;
	uint32_t sum;
	bool keep;
};

static int keep_bytes(struct body *body, const uint8_t *bytes, size_t size)
{
	if (!body->keep)
		return 0;
	if (body->size + size > body->capacity) {
		/*
		 * The size in the header is only a claim: memory follows the bytes that
		 * came.
		 */
		size_t capacity = MAX(body->size + size, body->capacity * 2);
		uint8_t *data = realloc(body->data, capacity);

		if (!data)
			return -ENOMEM;
		body->data = data;
		body->capacity = capacity;
	}
	if (size > 0)
		memcpy(body->data + body->size, bytes, size);
	body->size += size;
	return 0;
}

static int take_bytes(struct reader *reader, struct body *body,
		      const struct cpio_header *header, const uint8_t *bytes, size_t size,
		      struct error *error)
{
	if (header->has_checksum)
		for (size_t i = 0; i < size; i++)
			body->sum += bytes[i];
	if (reader->digest)
		digest_add(reader->digest, bytes, size);
	return keep_bytes(body, bytes, size) < 0 ? error_memory(error) : 0;
}

static int read_body(struct reader *reader, const struct cpio_header *header,
		     struct entry *entry, struct body *body, struct error *error)
{
	uint8_t piece[PIECE_SIZE];
	uint64_t left = header->size;
	size_t n = (size_t)MIN(left, HEAD_SIZE);
	int r = read_exactly(reader, piece, n, "file", error);

	if (r < 0)
		return r;
	body->keep = reader->visitor->want &&
		     reader->visitor->want(reader->visitor->context, entry,
					   span_make(piece, n));
	r = take_bytes(reader, body, header, piece, n, error);
	for (left -= n; r == 0 && left > 0; left -= n) {
		n = (size_t)MIN(left, sizeof(piece));
		r = read_exactly(reader, piece, n, "file", error);
		if (r == 0)
			r = take_bytes(reader, body, header, piece, n, error);
	}
	if (r < 0)
		return r;
	if (header->has_checksum && body->sum != header->checksum)
		set_fault(reader, CPIO_FAULT_CHECKSUM, entry->path);
	return skip_padding(reader, error);
}

static void fill_entry(struct entry *entry, const struct cpio_header *header,
		       const char *path)
{
	*entry = (struct entry){
		.path = path,
		.mode = header->mode & 07777,
		.uid = header->uid,
		.gid = header->gid,
		.mtime = header->mtime,
	};
	(void)entry_type_from_mode(header->mode, &entry->type);
	if (entry->type == ENTRY_CHARACTER_DEVICE || entry->type == ENTRY_BLOCK_DEVICE) {
		entry->device_major = header->node_major;
		entry->device_minor = header->node_minor;
	}
}

static int give(struct reader *reader, const struct entry *entry, struct error *error)
{
	reader->result->n_entries++;
	return reader->visitor->add(reader->visitor->context, entry, error);
}

/* The file of which @path is one more name; NULL if it is the first, which is noted. */
static int find_inode(struct reader *reader, const struct cpio_header *header,
		      const char *path, const struct inode **ret, struct error *error)
{
	struct inode *inode;
	char text[48], *key;

	*ret = NULL;
	if (header->n_links < 2)
		return 0;
	(void)snprintf(text, sizeof(text), "%" PRIx32 ":%" PRIx32 ":%" PRIx32 ":%" PRIx32,
		       header->inode, header->device_major, header->device_minor,
		       header->mode & S_IFMT);
	*ret = map_get(reader->inodes, text);
	if (*ret)
		return 0;
	inode = arena_alloc(reader->arena, sizeof(*inode));
	key = arena_strdup(reader->arena, text);
	if (!inode || !key || map_set(reader->inodes, key, inode) < 0)
		return error_memory(error);
	inode->header = *header;
	inode->path = arena_strdup(reader->arena, path);
	return inode->path ? 0 : error_memory(error);
}

/* The contents of a file, which are the next bytes, as far as the visitor wants them. */
static int read_contents(struct reader *reader, const struct cpio_header *header,
			 struct entry *entry, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct body body = {0};
	int r;

	entry->size = header->size;
	r = read_body(reader, header, entry, &body, error);
	data = body.data;
	if (r < 0)
		return r;
	if (reader->digest) {
		digest_finish(reader->digest, entry->digest);
		entry->has_digest = true;
	}
	if (body.keep) {
		entry->content = source_take_memory(TAKE_PTR(data), body.size);
		if (!entry->content)
			return error_memory(error);
	}
	return 0;
}

static int read_file(struct reader *reader, const struct cpio_header *header,
		     struct entry *entry, struct error *error)
{
	_cleanup_(source_unrefp) struct source *content = NULL;
	const struct inode *inode;
	int r = find_inode(reader, header, entry->path, &inode, error);

	if (r < 0)
		return r;
	if (inode)
		entry->link = inode->path;
	/* do_name(): a later name without contents leaves those of the others alone. */
	if (inode && header->size == 0)
		return give(reader, entry, error);
	r = read_contents(reader, header, entry, error);
	content = entry->content;
	return r < 0 ? r : give(reader, entry, error);
}

static int read_link(struct reader *reader, const struct cpio_header *header,
		     struct entry *entry, struct error *error)
{
	char target[LIMIT_PATH_SIZE + 1];
	uint64_t at = position(reader);
	int r;

	if (header->size == 0 || header->size > LIMIT_PATH_SIZE)
		return error_bad(error, at,
				 "link target has %" PRIu32 " bytes, must have 1 to %d",
				 header->size, LIMIT_PATH_SIZE);
	r = read_exactly(reader, target, header->size, "link target", error);
	if (r < 0)
		return r;
	target[header->size] = 0;
	entry->target = target;
	r = give(reader, entry, error);
	return r < 0 ? r : skip_padding(reader, error);
}

static int skip_body(struct reader *reader, uint64_t size, struct error *error)
{
	uint8_t piece[4096];

	while (size > 0) {
		size_t n = (size_t)MIN(size, sizeof(piece));
		int r = read_exactly(reader, piece, n, "contents", error);

		if (r < 0)
			return r;
		size -= n;
	}
	return skip_padding(reader, error);
}

/* maybe_link(): a later name of a node is a link, and its own numbers go unread. */
static int read_node(struct reader *reader, const struct cpio_header *header,
		     struct entry *entry, struct error *error)
{
	const struct inode *inode;
	int r = find_inode(reader, header, entry->path, &inode, error);

	if (r < 0)
		return r;
	if (inode)
		fill_entry(entry, &inode->header, entry->path);
	return give(reader, entry, error);
}

static int read_entry(struct reader *reader, const struct cpio_header *header,
		      const char *name, struct error *error)
{
	char path[LIMIT_PATH_SIZE + 1];
	struct entry entry;
	enum entry_type type;
	int r;

	/* The kernel skips what it does not know and what cannot have contents. */
	if (!entry_type_from_mode(header->mode, &type) ||
	    (type != ENTRY_FILE && type != ENTRY_SYMLINK && header->size > 0))
		return skip_body(reader, header->size, error);
	r = path_clean(name, strlen(name), path, NULL);
	if (r < 0) {
		set_fault(reader, CPIO_FAULT_UNSAFE_NAME, name);
		return skip_body(reader, header->size, error);
	}
	fill_entry(&entry, header, path);
	if (type == ENTRY_FILE)
		return read_file(reader, header, &entry, error);
	if (type == ENTRY_SYMLINK)
		return read_link(reader, header, &entry, error);
	if (type == ENTRY_DIRECTORY)
		return give(reader, &entry, error);
	return read_node(reader, header, &entry, error);
}

static int read_archive(struct reader *reader, struct error *error)
{
	char name[LIMIT_PATH_SIZE];
	int r;

	for (;;) {
		uint64_t at = position(reader);
		uint8_t text[CPIO_HEADER_SIZE], first;
		struct cpio_header header;
		bool end;

		r = decompressor_peek(reader->in, &first, &end, error);
		if (r < 0)
			return r;
		/* do_name() leaves the rest to whoever reads members, trailer or not. */
		if (end || (at > 0 && first != '0')) {
			set_fault(reader, CPIO_FAULT_NO_TRAILER, "");
			break;
		}
		r = read_exactly(reader, text, sizeof(text), "header", error);
		if (r == 0)
			r = cpio_header_parse(text, at, &header, error);
		if (r == 0)
			r = read_name(reader, &header, name, error);
		if (r < 0)
			return r;
		if (strcmp(name, "TRAILER!!!") == 0)
			break;
		r = read_entry(reader, &header, name, error);
		if (r < 0)
			return r;
	}
	reader->result->size = position(reader);
	return 0;
}

int cpio_read(struct decompressor *in, const struct entry_visitor *visitor,
	      struct cpio_result *ret, struct error *error)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(map_freep) struct map *inodes = map_new();
	_cleanup_(digest_freep) struct digest *digest = NULL;
	struct cpio_result result = {0};
	struct reader reader = {
		in, visitor, &result, NULL, arena, inodes, decompressor_produced(in)};
	int r;

	if (!arena || !inodes)
		return error_memory(error);
	if (visitor->digest) {
		r = digest_new("sha256", &digest, error);
		if (r < 0)
			return r;
		reader.digest = digest;
	}
	r = read_archive(&reader, error);
	/* What came before a fault counts: the kernel has unpacked it. */
	*ret = result;
	return r;
}
