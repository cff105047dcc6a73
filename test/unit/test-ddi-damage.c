/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ddi.h"
#include "test/lib/pair.h"
#include "test/lib/parts.h"

static const char signature[4096] =
	"{\"rootHash\":\"00112233445566778899aabbccddeeff\",\"signature\":\"AQID\"}";

/* A squashfs by its magic, hash tree and signature, each in its partition. */
static struct parts_image make_whole(void)
{
	_cleanup_(pair_done) struct pair pair = pair_make("sha256", 4096, 4096, 3, 32);
	const struct part parts[] = {
		{PARTITION_ROOT, "x86-64", .label = "data"},
		{PARTITION_ROOT_VERITY, "x86-64", .content = pair.hash,
		 .size = pair.hash_size},
		{PARTITION_ROOT_VERITY_SIGNATURE, "x86-64", .content = signature,
		 .size = sizeof(signature)},
	};

	return parts_image_make(parts, ARRAY_SIZE(parts));
}

/* What is read is either there or has its reason. */
static void assert_consistent(const struct ddi *ddi)
{
	if (ddi->kind != DDI_GPT || ddi->gpt_error.code < 0)
		assert_null(ddi->data.partition);
	if (ddi->data.partition && !ddi->data.source)
		assert_int_equal(ddi->data.error.code, -EBADMSG);
	if (ddi->hash.source && !ddi->has_superblock)
		assert_true(error_is_input(ddi->superblock_error.code));
	if (ddi->signature.source && !ddi->has_signature)
		assert_true(error_is_input(ddi->signature_error.code));
	if (!ddi->hash.source)
		assert_false(ddi->has_superblock);
	if (!ddi->signature.source)
		assert_false(ddi->has_signature);
}

static struct ddi read_bytes(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);
	struct error error = ERROR_INIT;
	struct ddi ddi;

	test_ok(ddi_read(source, "x86-64", &ddi, &error), &error);
	assert_consistent(&ddi);
	return ddi;
}

/*
 * The backup is not needed, but every usable sector is: the last of them stands before
 * it.
 */
static void test_truncation(void **state)
{
	_cleanup_(parts_image_done) struct parts_image image = make_whole();
	size_t usable_end = image.size - 33 * 512;

	for (size_t size = 0; size < image.size; size += size < 1024 ? 1 : 61) {
		struct ddi ddi = read_bytes(image.data, size);

		if (size < 512)
			assert_int_equal(ddi.kind, DDI_UNKNOWN);
		else if (size < 520)
			assert_int_equal(ddi.kind, DDI_MBR);
		else
			assert_int_equal(ddi.kind, DDI_GPT);
		assert_int_equal(ddi.has_signature, size >= usable_end);
		assert_int_equal(ddi.has_superblock, size >= usable_end);
		assert_int_equal(ddi.gpt_error.code,
				 size >= 520 && size < usable_end ? -EBADMSG : 0);
		ddi_done(&ddi);
	}
}

/* One table is broken at a time, so that all parts are found. */
static void test_flips_in_the_tables(void **state)
{
	_cleanup_(parts_image_done) struct parts_image image = make_whole();

	for (size_t at = 0; at < image.size; at++) {
		struct ddi ddi;

		if (at == 34 * 512)
			at = image.size - 33 * 512;
		if (at == 0 || at == 446 + 4 || at == 510)
			continue;
		image.data[at] ^= 0x21;
		ddi = read_bytes(image.data, image.size);
		image.data[at] ^= 0x21;
		assert_int_equal(ddi.kind, DDI_GPT);
		assert_int_equal(ddi.gpt.n_partitions, 3);
		assert_true(ddi.has_superblock);
		assert_true(ddi.has_signature);
		assert_int_equal(ddi.filesystem, FILESYSTEM_SQUASHFS);
		ddi_done(&ddi);
	}
}

static void test_flips_in_the_parts(void **state)
{
	_cleanup_(parts_image_done) struct parts_image image = make_whole();

	for (size_t at = 20480; at < image.size - 33 * 512; at += 3) {
		struct ddi ddi;

		image.data[at] ^= 0x08;
		ddi = read_bytes(image.data, image.size);
		image.data[at] ^= 0x08;
		assert_int_equal(ddi.gpt.faults, 0);
		assert_int_equal(ddi.gpt.n_partitions, 3);
		ddi_done(&ddi);
	}
}

struct failing {
	const uint8_t *data;
	uint64_t left;
};

static int fail_at_last(void *state, uint64_t offset, void *buffer, size_t size,
			struct error *error)
{
	struct failing *failing = state;

	if (failing->left == 0)
		return error_set(error, -EIO, "cannot read: the disk is gone");
	failing->left--;
	memcpy(buffer, failing->data + offset, size);
	return 0;
}

/* A disk that fails at the n-th read fails the run: the image is not to blame. */
static void test_failing_source(void **state)
{
	static const struct source_ops ops = {.read = fail_at_last};
	_cleanup_(parts_image_done) struct parts_image image = make_whole();
	bool whole = false;

	for (uint64_t n = 0; !whole; n++) {
		struct failing failing = {.data = image.data, .left = n};
		_cleanup_(source_unrefp) struct source *source =
			source_custom(&ops, &failing, image.size);
		struct error error = ERROR_INIT;
		struct ddi ddi;
		int r = ddi_read(source, "x86-64", &ddi, &error);

		if (r < 0) {
			test_error(&error, -EIO, ERROR_NO_OFFSET, "the disk is gone");
			continue;
		}
		whole = true;
		assert_true(n > 10 && n < 1000);
		assert_true(ddi.has_signature);
		ddi_done(&ddi);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_flips_in_the_tables),
		cmocka_unit_test(test_flips_in_the_parts),
		cmocka_unit_test(test_failing_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
