/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/stat.h>

#include "formats/core/limits.h"
#include "formats/cpio.h"
#include "test/lib/archive.h"
#include "test/lib/test.h"

/*
 * What breaks an archive, and what the visitor's answers do. test-cpio.c has what is
 * good.
 */

#define FILE_MODE (S_IFREG | 0644)
#define LINK_MODE (S_IFLNK | 0777)

/* Reads the first @size bytes of @archive. */
static int read_part(const struct strbuf *archive, size_t size,
		     const struct entry_visitor *visitor, struct cpio_result *result,
		     struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(archive->data, size);
	_cleanup_(decompressor_freep) struct decompressor *in = NULL;

	*error = (struct error)ERROR_INIT;
	test_ok(decompressor_open(COMPRESSION_NONE, source, 0, &in, NULL), NULL);
	return cpio_read(in, visitor, result, error);
}

static bool want_all(void *context, const struct entry *entry, struct span head)
{
	return true;
}

static int count(void *context, const struct entry *entry, struct error *error)
{
	++*(uint64_t *)context;
	return 0;
}

static void check_bad(const struct strbuf *archive, uint64_t offset, const char *words)
{
	uint64_t n = 0;
	struct entry_visitor visitor = {.want = want_all, .add = count, .context = &n};
	struct cpio_result result;
	struct error error;

	assert_int_equal(read_part(archive, archive->size, &visitor, &result, &error),
			 -EBADMSG);
	test_error(&error, -EBADMSG, offset, words);
	assert_int_equal(result.n_entries, n);
}

static void test_bad_headers(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};
	size_t at;

	cpio_add_file(&archive, "abc", "xyz");
	at = archive.size;
	cpio_add_file(&archive, "d", "e");
	for (size_t i = 0; i < 13; i++) {
		char *digit = archive.data + at + 6 + 8 * i + i % 8;
		char before = *digit;

		for (const char *bad = "/:@G`g -x"; *bad; bad++) {
			*digit = *bad;
			check_bad(&archive, at + 6 + 8 * i, "8 hexadecimal digits");
		}
		*digit = before;
	}
	memcpy(archive.data + at, "070707", 6);
	check_bad(&archive, at, "070707 (odc)");
	memcpy(archive.data + at, "070703", 6);
	check_bad(&archive, at, "cpio magic is 303730373033");
}

static void test_bad_names(void **state)
{
	_cleanup_strbuf_ struct strbuf none = {0}, open = {0}, large = {0};

	cpio_add(&none, .name = "a", .mode = FILE_MODE);
	memcpy(none.data + 94, "00000000", 8);
	check_bad(&none, 110, "name has 0 bytes, must have 1 to 4096");
	cpio_add(&open, .name = "abc", .name_bytes = 3, .mode = FILE_MODE);
	check_bad(&open, 112, "name ends with byte 0x63, must end with 0");
	cpio_add(&large, .name = "a", .name_size = LIMIT_PATH_SIZE + 1);
	check_bad(&large, 110, "name has 4097 bytes");
}

static void test_bad_link_targets(void **state)
{
	struct test_listing listing = {0};
	struct entry_visitor visitor = test_listing_visitor(&listing);
	struct cpio_result result;
	struct error error;
	_cleanup_strbuf_ struct strbuf none = {0}, large = {0}, longest = {0};
	char target[LIMIT_PATH_SIZE + 2] = "";

	cpio_add(&none, .name = "abc", .mode = LINK_MODE);
	check_bad(&none, 116, "link target has 0 bytes, must have 1 to 4096");
	memset(target, 't', LIMIT_PATH_SIZE + 1);
	cpio_add(&large, .name = "abc", .mode = LINK_MODE, .content = target);
	check_bad(&large, 116, "link target has 4097 bytes");
	target[LIMIT_PATH_SIZE] = 0;
	cpio_add(&longest, .name = "abc", .mode = LINK_MODE, .content = target);
	test_ok(read_part(&longest, longest.size, &visitor, &result, &error), &error);
	assert_non_null(strstr(listing.text, target));
	test_listing_done(&listing);
}

/* A claim of 4 GiB must neither be believed nor allocated. */
static void test_claimed_size(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};

	cpio_add(&archive, .name = "abc", .mode = FILE_MODE, .content = "xy",
		 .claimed_size = 0xffffffff);
	check_bad(&archive, 116, "file needs 64 bytes, the archive ends after 4");
}

static void test_every_length(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};
	size_t ends[8], n = 0;

	ends[n++] = 0;
	cpio_add_file(&archive, "a", "some contents");
	ends[n++] = archive.size;
	cpio_add(&archive, .name = "l", .mode = LINK_MODE, .content = "to");
	ends[n++] = archive.size;
	cpio_add(&archive, .magic = "070702", .name = "..", .mode = FILE_MODE,
		 .content = "left out");
	ends[n++] = archive.size;
	cpio_add(&archive, .name = "h", .mode = FILE_MODE, .inode = 7, .n_links = 2);
	ends[n++] = archive.size;
	cpio_add(&archive, .name = "i", .mode = FILE_MODE, .inode = 7, .n_links = 2,
		 .content = "x");
	ends[n++] = archive.size;
	cpio_add_trailer(&archive);
	for (size_t size = 0; size < archive.size; size++) {
		uint64_t n_entries = 0;
		struct entry_visitor visitor = {
			.want = want_all, .add = count, .context = &n_entries};
		struct cpio_result result;
		struct error error;
		int r = read_part(&archive, size, &visitor, &result, &error);
		bool whole = false;

		for (size_t i = 0; i < n; i++)
			whole |= size == ends[i];
		assert_int_equal(r, whole ? 0 : -EBADMSG);
		assert_int_equal(result.n_entries, n_entries);
		if (whole)
			assert_true(result.faults & CPIO_FAULT_NO_TRAILER);
		else
			assert_true(error.offset <= size);
	}
}

/* Any wrong bit gives an answer, and never bytes that are not there. */
static void test_every_bit(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0};
	unsigned n_errors = 0;

	cpio_add(&archive, .name = "l", .mode = LINK_MODE, .content = "to");
	cpio_add(&archive, .magic = "070702", .name = "h", .mode = FILE_MODE,
		 .n_links = 2);
	cpio_add(&archive, .magic = "070702", .name = "i", .mode = FILE_MODE,
		 .n_links = 2, .content = "x", .checksum = 'x');
	cpio_add_trailer(&archive);
	for (size_t bit = 0; bit < archive.size * 8; bit++) {
		uint64_t n = 0;
		struct entry_visitor visitor = {
			.want = want_all, .add = count, .context = &n, .digest = bit % 2};
		struct cpio_result result;
		struct error error;
		int r;

		archive.data[bit / 8] ^= (char)(1 << bit % 8);
		r = read_part(&archive, archive.size, &visitor, &result, &error);
		archive.data[bit / 8] ^= (char)(1 << bit % 8);
		assert_true(r == 0 || r == -EBADMSG);
		assert_int_equal(r, error.code);
		assert_true(r == 0 || error.offset <= archive.size);
		assert_int_equal(result.n_entries, n);
		assert_true(n <= 4);
		n_errors += r < 0;
	}
	/* At least what breaks a digit: its high bit, in 13 numbers of 4 headers. */
	assert_true(n_errors >= 4 * 13 * 8);
}

static int refuse(void *context, const struct entry *entry, struct error *error)
{
	return error_set(error, -EXDEV, "refused '%s'", entry->path);
}

static bool want_head(void *context, const struct entry *entry, struct span head)
{
	strbuf_addf(context, "%s %zu;", entry->path, head.size);
	return false;
}

static int note_content(void *context, const struct entry *entry, struct error *error)
{
	assert_null(entry->content);
	assert_true(entry->has_digest);
	strbuf_addf(context, "%02x%02x;", entry->digest[0], entry->digest[31]);
	return 0;
}

static void test_visitor(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0}, seen = {0};
	struct entry_visitor visitor = {.add = refuse};
	struct cpio_result result;
	struct error error;
	char text[101] = "";

	cpio_add_file(&archive, "a", "abc");
	memset(text, 'x', 100);
	cpio_add_file(&archive, "b", text);
	assert_int_equal(read_part(&archive, archive.size, &visitor, &result, &error),
			 -EXDEV);
	test_error(&error, -EXDEV, ERROR_NO_OFFSET, "refused 'a'");
	/* SHA-256 of "abc" is ba78...15ad, that of 100 times "x" 09ec...52d8. */
	visitor = (struct entry_visitor){
		.want = want_head, .add = note_content, .context = &seen, .digest = true};
	test_ok(read_part(&archive, archive.size, &visitor, &result, &error), &error);
	assert_string_equal(seen.data, "a 3;baad;b 64;09d8;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_bad_link_targets),
		cmocka_unit_test(test_claimed_size),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_visitor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
