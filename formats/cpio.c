/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/cpio.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "formats/core/arena.h"
#include "formats/core/limits.h"
#include "formats/core/map.h"
#include "formats/core/path.h"

#define HEADER_SIZE 110 /* bytes: magic and 13 numbers of 8 hexadecimal digits */
#define HEAD_SIZE   64  /* bytes that entry_visitor.want() is shown */
#define PIECE_SIZE  (64 * KIB)

struct header {
	uint32_t inode, mode, uid, gid, n_links, mtime, size, device_major, device_minor;
	uint32_t node_major, node_minor, name_size, checksum;
	bool has_checksum;
};

#define KEY_SIZE 27 /* three numbers of eight digits, two colons, NUL */

/* A name of a file whose contents come with a later name of the same inode. */
struct pending {
	struct pending *next;
	char key[KEY_SIZE];
	struct header header;
	const char *path;
};

struct reader {
	struct decompressor *in;
	const struct entry_visitor *visitor;
	struct cpio_result *result;
	struct digest *digest; /* NULL if nobody wants digests */
	struct arena *arena;   /* of pending names */
	struct map *
		pending; /* key_of() -> struct pending, the last first; NULL: all given */
	uint64_t start;  /* produced bytes before this archive */
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

	if (decompressor_produced(reader->in) + size > LIMIT_INITRD_UNPACKED)
		return error_set_at(error, -E2BIG, at,
				    "unpacks to more than %" PRIu64 " bytes",
				    LIMIT_INITRD_UNPACKED);
	r = decompressor_read(reader->in, buffer, size, &n, error);
	if (r < 0)
		return r;
	if (n < size)
		return error_bad(error, at,
				 "%s needs %zu bytes, the archive ends after %zu", what,
				 size, n);
	return 0;
}

/* Headers, names and contents each start at a multiple of 4 from the start of the archive. */
static int skip_padding(struct reader *reader, struct error *error)
{
	uint8_t padding[3];

	return read_exactly(reader, padding, (size_t)(-position(reader) & 3), "padding",
			    error);
}

static bool parse_number(const uint8_t *text, uint32_t *ret)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 8; i++) {
		uint8_t c = text[i];

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*ret = value;
	return true;
}

static int parse_header(const uint8_t *text, uint64_t at, struct header *header,
			struct error *error)
{
	uint32_t *const fields[] = {
		&header->inode,      &header->mode,         &header->uid,
		&header->gid,        &header->n_links,      &header->mtime,
		&header->size,       &header->device_major, &header->device_minor,
		&header->node_major, &header->node_minor,   &header->name_size,
		&header->checksum,
	};

	if (memcmp(text, "070707", 6) == 0)
		return error_bad(
			error, at,
			"cpio magic is 070707 (odc), must be 070701 (newc) or 070702");
	if (memcmp(text, "070701", 6) != 0 && memcmp(text, "070702", 6) != 0)
		return error_bad(
			error, at,
			"cpio magic is %02x%02x%02x%02x%02x%02x, must be the text 070701 or 070702",
			text[0], text[1], text[2], text[3], text[4], text[5]);
	header->has_checksum = text[5] == '2';
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!parse_number(text + 6 + 8 * i, fields[i]))
			return error_bad(
				error, at + 6 + 8 * i,
				"cpio header has '%.8s', must be 8 hexadecimal digits",
				(const char *)text + 6 + 8 * i);
	return 0;
}

static int read_name(struct reader *reader, const struct header *header, char *name,
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

/* A file's bytes on their way: counted, summed, digested and kept as far as somebody wants. */
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
		/* The size in the header is only a claim: memory follows the bytes that came. */
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
		      const struct header *header, const uint8_t *bytes, size_t size,
		      struct error *error)
{
	if (header->has_checksum)
		for (size_t i = 0; i < size; i++)
			body->sum += bytes[i];
	if (reader->digest)
		digest_add(reader->digest, bytes, size);
	return keep_bytes(body, bytes, size) < 0 ? error_memory(error) : 0;
}

static int read_body(struct reader *reader, const struct header *header,
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
	for (;;) {
		r = take_bytes(reader, body, header, piece, n, error);
		left -= n;
		if (r < 0 || left == 0)
			break;
		n = (size_t)MIN(left, sizeof(piece));
		r = read_exactly(reader, piece, n, "file", error);
		if (r < 0)
			break;
	}
	if (r < 0)
		return r;
	if (header->has_checksum && body->sum != header->checksum)
		set_fault(reader, CPIO_FAULT_CHECKSUM, entry->path);
	return skip_padding(reader, error);
}

static void fill_entry(struct entry *entry, const struct header *header, const char *path)
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
	if (entry->type == ENTRY_FILE && header->n_links > 1)
		entry->inode = header->inode;
}

static int give(struct reader *reader, const struct entry *entry, struct error *error)
{
	reader->result->n_entries++;
	return reader->visitor->add(reader->visitor->context, entry, error);
}

static void key_of(const struct header *header, char key[KEY_SIZE])
{
	(void)snprintf(key, KEY_SIZE, "%" PRIx32 ":%" PRIx32 ":%" PRIx32, header->inode,
		       header->device_major, header->device_minor);
}

static int put_off(struct reader *reader, const struct header *header, const char *path,
		   struct error *error)
{
	struct pending *pending = arena_alloc(reader->arena, sizeof(*pending));

	if (!pending)
		return error_memory(error);
	key_of(header, pending->key);
	pending->next = map_get(reader->pending, pending->key);
	pending->header = *header;
	pending->path = arena_strdup(reader->arena, path);
	if (!pending->path || map_set(reader->pending, pending->key, pending) < 0)
		return error_memory(error);
	return 0;
}

static int give_chain(struct reader *reader, const struct pending *pending,
		      const struct entry *contents, struct error *error)
{
	int r = 0;

	for (; r == 0 && pending; pending = pending->next) {
		struct entry entry;

		fill_entry(&entry, &pending->header, pending->path);
		entry.size = contents->size;
		entry.content = contents->content;
		entry.has_digest = contents->has_digest;
		memcpy(entry.digest, contents->digest, sizeof(entry.digest));
		r = give(reader, &entry, error);
	}
	return r;
}

/* Gives the names that waited for these contents. */
static int give_pending(struct reader *reader, const struct header *like,
			const struct entry *contents, struct error *error)
{
	const struct pending *pending;
	char key[KEY_SIZE];

	key_of(like, key);
	pending = map_get(reader->pending, key);
	/* The key is there already, so that this cannot fail for want of memory. */
	if (pending)
		(void)map_set(reader->pending, key, NULL);
	return give_chain(reader, pending, contents, error);
}

/* Gives the names whose contents never came, empty. */
static int give_empty(struct reader *reader, struct error *error)
{
	static const struct entry empty = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < map_size(reader->pending); i++)
		r = give_chain(reader, map_value_at(reader->pending, i), &empty, error);
	return r;
}

static int read_file(struct reader *reader, const struct header *header,
		     struct entry *entry, struct error *error)
{
	_cleanup_(source_unrefp) struct source *content = NULL;
	_cleanup_free_ uint8_t *data = NULL;
	struct body body = {0};
	int r;

	if (header->n_links > 1 && header->size == 0)
		return put_off(reader, header, entry->path, error);
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
		content = source_take_memory(TAKE_PTR(data), body.size);
		if (!content)
			return error_memory(error);
		entry->content = content;
	}
	if (header->n_links > 1) {
		r = give_pending(reader, header, entry, error);
		if (r < 0)
			return r;
	}
	return give(reader, entry, error);
}

static int read_link(struct reader *reader, const struct header *header,
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

static int read_entry(struct reader *reader, const struct header *header,
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
	return give(reader, &entry, error);
}

static int read_archive(struct reader *reader, struct error *error)
{
	char name[LIMIT_PATH_SIZE];

	for (;;) {
		uint64_t at = position(reader);
		uint8_t text[HEADER_SIZE], first;
		struct header header;
		bool end;
		int r = decompressor_peek(reader->in, &first, &end, error);

		if (r < 0)
			return r;
		if (end) {
			set_fault(reader, CPIO_FAULT_NO_TRAILER, "");
			break;
		}
		r = read_exactly(reader, text, sizeof(text), "header", error);
		if (r == 0)
			r = parse_header(text, at, &header, error);
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
	return give_empty(reader, error);
}

int cpio_read(struct decompressor *in, const struct entry_visitor *visitor,
	      struct cpio_result *ret, struct error *error)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(map_freep) struct map *pending = map_new();
	_cleanup_(digest_freep) struct digest *digest = NULL;
	struct cpio_result result = {0};
	struct reader reader = {.in = in,
				.visitor = visitor,
				.result = &result,
				.arena = arena,
				.pending = pending,
				.start = decompressor_produced(in)};
	int r;

	if (!arena || !pending)
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
