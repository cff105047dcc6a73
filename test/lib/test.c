/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/core/strbuf.h"

struct source *test_source(const void *data, size_t size)
{
	void *copy = malloc(size ? size : 1);
	struct source *source;

	assert_non_null(copy);
	if (size > 0)
		memcpy(copy, data, size);
	source = source_take_memory(copy, size);
	assert_non_null(source);
	return source;
}

uint8_t *test_read_file(const char *path, size_t *ret_size)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct error error = ERROR_INIT;
	uint8_t *data = NULL;
	int r;

	r = source_open_file(path, &source, &error);
	if (r == 0)
		r = source_read_all(source, UINT64_C(1) << 30, &data, ret_size, &error);
	if (r < 0)
		fail_msg("%s: %s", path, error.message);
	return data;
}

void test_error_at(const struct error *error, int code, uint64_t offset,
		   const char *words, const char *file, int line)
{
	if (error->code != code || error->offset != offset ||
	    !strstr(error->message, words))
		fprintf(stderr,
			"code %d, offset %" PRIu64
			", '%s'\nexpected code %d, offset %" PRIu64 ", '%s'\n",
			error->code, error->offset, error->message, code, offset, words);
	_assert_true(error->code == code, "error code", file, line);
	_assert_true(error->offset == offset, "error offset", file, line);
	_assert_true(strstr(error->message, words) != NULL, "error words", file, line);
}

void test_ok_at(int code, const struct error *error, const char *file, int line)
{
	if (code < 0)
		fprintf(stderr, "code %d: %s\n", code, error ? error->message : "");
	_assert_true(code >= 0, "success", file, line);
}

static bool want_all(void *context, const struct entry *entry, struct span head)
{
	return ((struct test_listing *)context)->with_content;
}

static void add_details(struct strbuf *line, const struct entry *entry, bool with_content)
{
	_cleanup_free_ uint8_t *data = NULL;
	struct error error = ERROR_INIT;
	size_t size;

	if (entry->type == ENTRY_SYMLINK)
		strbuf_addf(line, " -> %s", entry->target);
	if (entry->type == ENTRY_CHARACTER_DEVICE || entry->type == ENTRY_BLOCK_DEVICE)
		strbuf_addf(line, " %u:%u", entry->device_major, entry->device_minor);
	for (size_t i = 0; i < entry->n_xattrs; i++)
		strbuf_addf(line, " %s=%.*s", entry->xattrs[i].name,
			    (int)entry->xattrs[i].value.size,
			    (const char *)entry->xattrs[i].value.data);
	if (entry->type != ENTRY_FILE)
		return;
	strbuf_addf(line, " %" PRIu64, entry->size);
	if (with_content && (!entry->link || entry->size > 0)) {
		assert_non_null(entry->content);
		test_ok(source_read_all(entry->content, UINT64_C(1) << 30, &data, &size,
					&error),
			&error);
		assert_int_equal(size, entry->size);
		strbuf_add_char(line, ' ');
		strbuf_add_escaped(line, (const char *)data);
	}
	if (entry->link)
		strbuf_addf(line, " = %s", entry->link);
}

static int list_entry(void *context, const struct entry *entry, struct error *error)
{
	struct test_listing *listing = context;
	_cleanup_strbuf_ struct strbuf line = {0};

	strbuf_add(&line, listing->text, listing->size);
	strbuf_addf(&line, "%c %o %u:%u ", "fdlcbps"[entry->type], entry -> mode,
		    entry -> uid, entry -> gid);
	strbuf_add_escaped(&line, entry->path);
	add_details(&line, entry, listing->with_content);
	strbuf_add_char(&line, '\n');
	free(listing->text);
	listing->size = line.size;
	listing->text = strbuf_take(&line);
	return listing->text ? 0 : error_memory(error);
}

struct entry_visitor test_listing_visitor(struct test_listing *listing)
{
	return (struct entry_visitor){
		.want = want_all, .add = list_entry, .context = listing};
}

void test_listing_done(struct test_listing *listing)
{
	free(listing->text);
	*listing = (struct test_listing){0};
}
