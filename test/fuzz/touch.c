/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "test/fuzz/fuzz.h"

/* Of one file: more costs time and finds nothing. */
#define TOUCHED_PART (64 * KIB)

static volatile uint8_t touched;

static void give_up(const char *words, const char *detail)
{
	fprintf(stderr, "contract broken: %s: '%s'\n", words, detail);
	abort();
}

struct source *fuzz_source(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct source *source;

	if (!copy)
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	source = source_take_memory(copy, size);
	if (!source)
		abort();
	return source;
}

bool fuzz_mend_gpt(uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_make(span_make(data, size));
	uint32_t header_size, n_entries, entry_size;
	uint64_t entries_at, entries_size;
	uint8_t *header = data + 512;

	if (size < 1024 || memcmp(header, "EFI PART", 8) != 0)
		return false;
	cursor.at = 512 + 12;
	header_size = cursor_le32(&cursor);
	cursor.at = 512 + 72;
	entries_at = cursor_le64(&cursor);
	n_entries = cursor_le32(&cursor);
	entry_size = cursor_le32(&cursor);
	entries_size = (uint64_t)n_entries * entry_size;
	if (header_size < 92 || header_size > 512 || entries_at >= size / 512 ||
	    entries_size > size - entries_at * 512)
		return false;
	write_le(header + 88, 4, crc32(0, data + entries_at * 512, (uInt)entries_size));
	write_le(header + 16, 4, 0);
	write_le(header + 16, 4, crc32(0, header, header_size));
	return true;
}

void fuzz_touch(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		touched ^= bytes[i];
}

void fuzz_touch_string(const char *string)
{
	if (string)
		fuzz_touch(string, strlen(string) + 1);
}

void fuzz_touch_source(const struct source *source)
{
	_cleanup_free_ uint8_t *buffer = NULL;
	uint64_t size = source_size(source);
	size_t part = (size_t)MIN(size, TOUCHED_PART);
	struct error error = ERROR_INIT;
	int r;

	buffer = malloc(part ? part : 1);
	if (!buffer)
		abort();
	r = source_read(source, 0, buffer, part, &error);
	fuzz_check(r, &error);
	if (r == 0)
		fuzz_touch(buffer, part);
	error = (struct error)ERROR_INIT;
	r = source_read(source, size - part, buffer, part, &error);
	fuzz_check(r, &error);
	if (r == 0)
		fuzz_touch(buffer, part);
}

static bool answered, has_place;
static int answer, checked_code;
static uint64_t checked_offset;

void fuzz_check(int code, const struct error *error)
{
	checked_code = code;
	checked_offset = code < 0 ? error->offset : ERROR_NO_OFFSET;
	if (code >= 0)
		return;
	if (error->code != code || !*error->message)
		give_up("an error without its code or words", error->message);
	if (!error_is_input(code) && code != -ENODATA && code != -ENOMEM)
		give_up(strerror(-code), error->message);
	fuzz_touch_string(error->message);
}

void fuzz_answer(int code, bool faults)
{
	answered = true;
	has_place =
		code == 0 || (code == checked_code && checked_offset != ERROR_NO_OFFSET);
	answer = code == 0 && faults ? -EBADMSG : code;
}

bool fuzz_answer_has_place(void)
{
	return has_place;
}

bool fuzz_take_answer(int *ret)
{
	bool any = answered;

	*ret = answer;
	answered = false;
	return any;
}

static bool path_is_clean(const char *path)
{
	char buffer[LIMIT_PATH_SIZE + 1];
	size_t size = strlen(path);

	return size < LIMIT_PATH_SIZE && path_clean(path, size, buffer, NULL) == 0 &&
	       strcmp(path, buffer) == 0;
}

static bool want_all(void *context, const struct entry *entry, struct span head)
{
	fuzz_touch_string(entry->path);
	fuzz_touch(head.data, head.size);
	return true;
}

static int touch_entry(void *context, const struct entry *entry, struct error *error)
{
	if (!path_is_clean(entry->path))
		give_up("a path that no reader may give", entry->path);
	if (entry->mode & ~07777u)
		give_up("a mode with more than permissions", entry->path);
	if ((entry->type == ENTRY_SYMLINK) != (entry->target != NULL))
		give_up("a link without target or a target without link", entry->path);
	fuzz_touch_string(entry->target);
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		fuzz_touch_string(entry->xattrs[i].name);
		fuzz_touch(entry->xattrs[i].value.data, entry->xattrs[i].value.size);
	}
	if (entry->content)
		fuzz_touch_source(entry->content);
	if (entry->content && source_size(entry->content) != entry->size)
		give_up("a size that is not the contents'", entry->path);
	return 0;
}

struct entry_visitor fuzz_visitor(void)
{
	return (struct entry_visitor){
		.want = want_all, .add = touch_entry, .digest = true};
}
