/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/core/limits.h"
#include "formats/initrd.h"
#include "test/lib/archive.h"
#include "test/lib/test.h"

/* Where reading an initrd ends although its bytes are good. */

static int read_bytes(const struct strbuf *bytes, const struct entry_visitor *visitor,
		      struct initrd *initrd, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source =
		test_source(bytes->data, bytes->size);

	return initrd_read(source, visitor, initrd, error);
}

static int stop(void *context, const struct entry *entry, struct error *error)
{
	return error_set(error, -ECANCELED, "stopped at '%s'", entry->path);
}

static void test_visitor_stops(void **state)
{
	_cleanup_strbuf_ struct strbuf archive = {0}, bytes = {0};
	struct entry_visitor visitor = {.add = stop};
	struct error error = ERROR_INIT;
	struct initrd initrd = {0};

	cpio_add_file(&archive, "etc", "x");
	pack_bytes(&bytes, COMPRESSION_GZIP, archive.data, archive.size);
	assert_int_equal(read_bytes(&bytes, &visitor, &initrd, &error), -ECANCELED);
	test_error(&error, -ECANCELED, ERROR_NO_OFFSET, "stopped at 'etc'");
	assert_null(initrd.members);
}

static int ignore(void *context, const struct entry *entry, struct error *error)
{
	return 0;
}

static void test_limit_of_members(void **state)
{
	struct entry_visitor visitor = {.add = ignore};
	_cleanup_strbuf_ struct strbuf bytes = {0};
	struct error error = ERROR_INIT;
	struct initrd initrd = {0};

	for (size_t i = 0; i < LIMIT_INITRD_MEMBERS; i++)
		cpio_add_trailer(&bytes);
	test_ok(read_bytes(&bytes, &visitor, &initrd, &error), &error);
	assert_int_equal(initrd.n_members, LIMIT_INITRD_MEMBERS);
	initrd_done(&initrd);
	cpio_add_trailer(&bytes);
	assert_int_equal(read_bytes(&bytes, &visitor, &initrd, &error), -E2BIG);
	test_error(&error, -E2BIG, ERROR_NO_OFFSET, "has more than 4096 members");
}

/* One file of 4 GiB less a byte: with its header it is over the limit. */
static int read_zeros(void *context, uint64_t offset, void *buffer, size_t size,
		      struct error *error)
{
	const struct strbuf *head = context;

	memset(buffer, 0, size);
	if (offset == 0)
		memcpy(buffer, head->data, MIN(size, head->size));
	return 0;
}

static void test_limit_of_unpacked_size(void **state)
{
	static const struct source_ops ops = {.read = read_zeros};
	_cleanup_strbuf_ struct strbuf head = {0};
	_cleanup_(source_unrefp) struct source *source =
		source_custom(&ops, &head, LIMIT_INITRD_UNPACKED + 4096);
	struct entry_visitor visitor = {.add = ignore};
	struct error error = ERROR_INIT;
	struct initrd initrd = {0};

	cpio_add(&head, .name = "a", .mode = S_IFREG, .claimed_size = 0xffffffff);
	assert_int_equal(initrd_read(source, &visitor, &initrd, &error), -E2BIG);
	assert_int_equal(error.code, -E2BIG);
	assert_non_null(strstr(error.message, "unpacks to more than 4294967296 bytes"));
	/* Given up where the piece that is too much begins. */
	assert_true(error.offset > LIMIT_INITRD_UNPACKED - MIB);
	assert_true(error.offset <= LIMIT_INITRD_UNPACKED);
}

/* Few bytes that unpack to many, in a file and behind the archive. */
static void test_limit_of_ratio(void **state)
{
	struct entry_visitor visitor = {.add = ignore};
	size_t size = 24 * MIB;
	_cleanup_free_ uint8_t *zeros = calloc(1, size);

	assert_non_null(zeros);
	for (unsigned claimed = 0; claimed <= size; claimed += (unsigned)size) {
		_cleanup_strbuf_ struct strbuf archive = {0}, bytes = {0};
		struct error error = ERROR_INIT;
		struct initrd initrd = {0};
		char words[64];

		cpio_add(&archive, .name = "a", .mode = S_IFREG, .claimed_size = claimed);
		if (claimed == 0)
			cpio_add_trailer(&archive);
		strbuf_add(&archive, zeros, size);
		pack_bytes(&bytes, COMPRESSION_GZIP, archive.data, archive.size);
		assert_int_equal(read_bytes(&bytes, &visitor, &initrd, &error), -E2BIG);
		(void)snprintf(words, sizeof(words), "unpacks to more than %zu bytes",
			       (size_t)LIMIT_UNPACK_SMALL +
				       LIMIT_UNPACK_RATIO * bytes.size);
		assert_non_null(strstr(error.message, words));
		/* The same bytes are good where they are not packed. */
		if (claimed == 0) {
			test_ok(read_bytes(&archive, &visitor, &initrd, &error), &error);
			initrd_done(&initrd);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_visitor_stops),
		cmocka_unit_test(test_limit_of_members),
		cmocka_unit_test(test_limit_of_unpacked_size),
		cmocka_unit_test(test_limit_of_ratio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
