/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/authenticode.h"

#include <stdio.h>

#include "formats/core/limits.h"
#include "formats/core/strbuf.h"
#include "test/lib/image.h"
#include "test/lib/test.h"

#define _cleanup_image_  _cleanup_(image_done)
#define _cleanup_source_ _cleanup_(source_unrefp)

/* A PE image and what its signatures say. */
struct read {
	struct arena *arena;
	struct source *source;
	struct pe pe;
	struct authenticode authenticode;
};

static void read_bytes(struct read *read, const void *data, size_t size)
{
	struct error error = ERROR_INIT;

	*read = (struct read){.arena = arena_new(), .source = test_source(data, size)};
	test_ok(pe_read(read->source, &read->pe, &error), &error);
	test_ok(authenticode_read(read->arena, read->source, &read->pe,
				  &read->authenticode, &error),
		&error);
}

/* A file of the corpus, from malloc(). */
static uint8_t *read_file(const char *path, size_t *ret_size)
{
	const char *directory = getenv("TEST_DIRECTORY");
	char whole[4096];

	(void)snprintf(whole, sizeof(whole), "%s/%s", directory ? directory : ".", path);
	return test_read_file(whole, ret_size);
}

static void read_corpus(struct read *read, const char *path)
{
	size_t size;
	uint8_t *bytes = read_file(path, &size);

	read_bytes(read, bytes, size);
	free(bytes);
}

static void read_done(struct read *read)
{
	pe_done(&read->pe);
	source_unref(read->source);
	arena_free(read->arena);
}

#define _cleanup_read_ _cleanup_(read_done)

/* pesign -h of this file. */
static void check_digest(const struct read *read)
{
	char text[2 * DIGEST_SHA256_SIZE + 1];

	hex_encode(read->authenticode.digest, DIGEST_SHA256_SIZE, text);
	assert_string_equal(text, "ee89eb61ad619bb9a7a9911dbec6a64f"
				  "5621d469236ea82e124f46fcafec7c93");
}

static void test_unsigned(void **state)
{
	_cleanup_read_ struct read read;

	read_corpus(&read, "corpus/authenticode/good-unsigned");
	check_digest(&read);
	assert_int_equal(read.authenticode.n_signatures, 0);
}

static void test_signed(void **state)
{
	_cleanup_read_ struct read read;
	const struct authenticode_signature *signature;

	read_corpus(&read, "corpus/authenticode/good-signed");
	check_digest(&read);
	assert_int_equal(read.authenticode.n_signatures, 1);
	signature = read.authenticode.signatures;
	assert_int_equal(signature->error.code, 0);
	assert_int_equal(signature->offset, 1536);
	assert_string_equal(signature->algorithm, "SHA256");
	assert_true(signature->matches);
	assert_true(signature->verified);
	assert_int_equal(signature->n_signers, 1);
	assert_string_equal(signature->signers[0].subject, "CN=Test Signer");
	assert_string_equal(signature->signers[0].issuer, "CN=Test Signer");
	assert_string_equal(signature->signers[0].serial, "07");
}

static void test_signed_twice(void **state)
{
	_cleanup_read_ struct read read;

	read_corpus(&read, "corpus/authenticode/good-twice");
	assert_int_equal(read.authenticode.n_signatures, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(read.authenticode.signatures[i].matches);
		assert_true(read.authenticode.signatures[i].verified);
	}
	assert_string_equal(read.authenticode.signatures[1].signers[0].serial, "08");
}

/* The signature is whole, but the image is another than it was. */
static void test_changed(void **state)
{
	_cleanup_read_ struct read read;

	read_corpus(&read, "corpus/authenticode/bad-changed");
	assert_int_equal(read.authenticode.signatures[0].error.code, 0);
	assert_false(read.authenticode.signatures[0].matches);
	assert_true(read.authenticode.signatures[0].verified);
}

static void test_broken_signature(void **state)
{
	_cleanup_read_ struct read read;

	read_corpus(&read, "corpus/authenticode/bad-signature");
	assert_int_equal(read.authenticode.signatures[0].error.code, 0);
	assert_true(read.authenticode.signatures[0].matches);
	assert_false(read.authenticode.signatures[0].verified);
}

static void check_unusable(const char *path, int code, const char *words)
{
	_cleanup_read_ struct read read;

	read_corpus(&read, path);
	assert_int_equal(read.authenticode.n_signatures, 1);
	assert_int_equal(read.authenticode.signatures[0].error.code, code);
	assert_non_null(strstr(read.authenticode.signatures[0].error.message, words));
	assert_false(read.authenticode.signatures[0].matches);
}

static void test_unusable(void **state)
{
	check_unusable("corpus/authenticode/bad-other", -EBADMSG,
		       "signs content of type 1.2.840.113549.1.7.1, expected");
	check_unusable("corpus/authenticode/bad-detached", -EBADMSG,
		       "signs content of type 1.2.840.113549.1.7.1, expected");
	check_unusable("corpus/authenticode/bad-cut", -EBADMSG, "is no PKCS#7 in DER");
	check_unusable("corpus/authenticode/unsupported-type", -EOPNOTSUPP,
		       "is of type 0xef1 and revision 0x200");
}

/* Each byte of the table's own DER changed: an answer, and never a signature that fits.
 */
static void test_every_byte(void **state)
{
	size_t size;
	uint8_t *bytes = read_file("corpus/authenticode/good-signed", &size);

	for (size_t at = 1536 + 8; at < size; at += 7) {
		_cleanup_read_ struct read read;
		const struct authenticode_signature *signature;

		bytes[at] ^= 0x55;
		read_bytes(&read, bytes, size);
		signature = read.authenticode.signatures;
		if (signature->error.code == 0 && signature->matches &&
		    signature->verified)
			/* What the signature does not cover: certificates' own signature,
			 * and the padding behind the DER. */
			check_digest(&read);
		bytes[at] ^= 0x55;
	}
	free(bytes);
}

/* The digest of these parts of the image, one behind the other. */
static void check_parts(const struct image *image, const struct span *parts, size_t n)
{
	_cleanup_source_ struct source *source = test_source(image->data, image->size);
	_cleanup_strbuf_ struct strbuf all = {0};
	uint8_t expected[DIGEST_SHA256_SIZE], digest[DIGEST_MAX_SIZE];
	struct error error = ERROR_INIT;
	struct pe pe;
	size_t size;

	for (size_t i = 0; i < n; i++)
		strbuf_add(&all, parts[i].data, parts[i].size);
	digest_sha256(all.data, all.size, expected);
	test_ok(pe_read(source, &pe, &error), &error);
	test_ok(authenticode_digest(source, &pe, "sha256", digest, &size, &error),
		&error);
	assert_int_equal(size, sizeof(expected));
	assert_memory_equal(digest, expected, sizeof(expected));
	pe_done(&pe);
}

static const struct image_part sections[] = {{".linux", "kernel", 0},
					     {".cmdline", "quiet", 0}};

#define HEADERS_SIZE 512
#define CHECKSUM_AT  (IMAGE_OPTIONAL_AT + 64)

static size_t set_headers_size(const struct image *image)
{
	size_t end = image_row(image, 2);
	size_t size = (end + IMAGE_ALIGNMENT - 1) / IMAGE_ALIGNMENT * IMAGE_ALIGNMENT;

	image_set(image, IMAGE_OPTIONAL_AT + 60, (uint32_t)size);
	return size;
}

static void check_ranges(bool plus)
{
	_cleanup_image_ struct image image = image_make(sections, 2, plus);
	size_t entry = image_directories(&image) + 4 + 4 * 8;
	size_t headers = set_headers_size(&image);
	const uint8_t *data;

	image_sign(&image, "\x10\0\0\0\0\2\2\0junkjunk", 16);
	data = image.data;
	check_parts(&image,
		    (const struct span[]){
			    span_make(data, CHECKSUM_AT),
			    span_make(data + CHECKSUM_AT + 4, entry - CHECKSUM_AT - 4),
			    span_make(data + entry + 8, headers - entry - 8),
			    span_make(data + headers, image.size - 16 - headers),
		    },
		    4);
}

static void test_ranges(void **state)
{
	check_ranges(true);
	check_ranges(false);
}

/* Sections are digested as they stand in the file, whatever the table's order. */
static void test_order_of_sections(void **state)
{
	_cleanup_image_ struct image image = image_make(sections, 2, true);
	size_t first = image_row(&image, 0), second = image_row(&image, 1);
	size_t entry = image_directories(&image) + 4 + 4 * 8;
	const uint8_t *data = image.data;
	uint8_t row[40];

	(void)set_headers_size(&image);
	memcpy(row, image.data + first, 40);
	memcpy(image.data + first, image.data + second, 40);
	memcpy(image.data + second, row, 40);
	check_parts(&image,
		    (const struct span[]){
			    span_make(data, CHECKSUM_AT),
			    span_make(data + CHECKSUM_AT + 4, entry - CHECKSUM_AT - 4),
			    span_make(data + entry + 8, image.size - entry - 8),
		    },
		    3);
}

static void check_bad_digest(const struct image *image, int code, const char *algorithm,
			     const char *words)
{
	_cleanup_source_ struct source *source = test_source(image->data, image->size);
	uint8_t digest[DIGEST_MAX_SIZE];
	struct error error = ERROR_INIT;
	struct pe pe;
	size_t size;

	test_ok(pe_read(source, &pe, &error), &error);
	assert_int_equal(
		authenticode_digest(source, &pe, algorithm, digest, &size, &error), code);
	assert_int_equal(error.code, code);
	assert_non_null(strstr(error.message, words));
	pe_done(&pe);
}

static void test_no_digest(void **state)
{
	_cleanup_image_ struct image image = image_make(sections, 2, true);
	size_t size_at = IMAGE_OPTIONAL_AT + 60;

	check_bad_digest(&image, -EOPNOTSUPP, "nonesuch", "nonesuch");
	image_set(&image, size_at, 8);
	check_bad_digest(&image, -EBADMSG, "sha256", "headers have 8 bytes");
	image_set(&image, size_at, 0x10000);
	check_bad_digest(&image, -EBADMSG, "sha256", "are to be digested, the file ends");
	image_set(&image, size_at, HEADERS_SIZE);
	image_set(&image, image_row(&image, 0) + SECTION_RAW_AT, 0x10000);
	check_bad_digest(&image, -EBADMSG, "sha256", "are to be digested, the file ends");
	image_set(&image, image_row(&image, 0) + SECTION_RAW_AT, 0);
	image_set(&image, image_row(&image, 0) + SECTION_RAW_SIZE, (uint32_t)image.size);
	image_set(&image, image_row(&image, 1) + SECTION_RAW_AT, 0);
	image_set(&image, image_row(&image, 1) + SECTION_RAW_SIZE, (uint32_t)image.size);
	check_bad_digest(&image, -EBADMSG, "sha256", "sections have more bytes than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unsigned),
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_signed_twice),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_broken_signature),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_order_of_sections),
		cmocka_unit_test(test_no_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
