/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/verity-sig.h"
#include "test/lib/test.h"

#define HASH  "00112233445566778899aabbccddeeff"
#define PRINT "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" HASH
#define GOOD                                                             \
	"{\"rootHash\":\"" HASH "\",\"certificateFingerprint\":\"" PRINT \
	"\",\"signature\":\"AQIDBA==\"}"

static int read_bytes(const void *data, size_t size, struct verity_signature *ret,
		      struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = test_source(data, size);

	return verity_signature_read(source, ret, error);
}

static struct verity_signature read_good(const char *text)
{
	struct verity_signature signature = {0};
	struct error error = ERROR_INIT;

	test_ok(read_bytes(text, strlen(text), &signature, &error), &error);
	return signature;
}

static void refuse(const void *data, size_t size, uint64_t offset, const char *words)
{
	struct verity_signature signature = {0};
	struct error error = ERROR_INIT;

	assert_int_equal(read_bytes(data, size, &signature, &error), -EBADMSG);
	test_error(&error, -EBADMSG, offset, words);
	assert_null(signature.root_hash);
}

static void test_good(void **state)
{
	struct verity_signature signature = read_good(GOOD);

	assert_int_equal(signature.root_hash_size, 16);
	assert_int_equal(signature.root_hash[1], 0x11);
	assert_int_equal(signature.root_hash[15], 0xff);
	assert_false(signature.root_hash_upper_case);
	assert_int_equal(signature.pkcs7_size, 4);
	assert_memory_equal(signature.pkcs7, "\1\2\3\4", 4);
	assert_true(signature.has_fingerprint);
	assert_int_equal(signature.fingerprint[0], 0xf0);
	assert_int_equal(signature.fingerprint[31], 0xff);
	verity_signature_done(&signature);
	assert_null(signature.pkcs7);
}

static void test_padding_of_the_partition(void **state)
{
	uint8_t bytes[4096] = GOOD;
	struct verity_signature signature = {0};
	struct error error = ERROR_INIT;

	test_ok(read_bytes(bytes, sizeof(bytes), &signature, &error), &error);
	assert_int_equal(signature.pkcs7_size, 4);
	verity_signature_done(&signature);
	bytes[4095] = 'x';
	refuse(bytes, sizeof(bytes), 4095, "byte 0x78 follows the NUL byte at");
	bytes[strlen(GOOD) + 1] = 1;
	refuse(bytes, sizeof(bytes), strlen(GOOD) + 1, "must be 0");
}

static void test_size_limit(void **state)
{
	size_t size = LIMIT_VERITY_SIGNATURE;
	_cleanup_free_ uint8_t *bytes = calloc(1, size + 1);
	struct verity_signature signature = {0};
	struct error error = ERROR_INIT;

	memcpy(bytes, GOOD, strlen(GOOD));
	test_ok(read_bytes(bytes, size, &signature, &error), &error);
	verity_signature_done(&signature);
	refuse(bytes, size + 1, size,
	       "signature partition has 4194305 bytes, at most 4194304 are allowed");
}

static void test_optional_and_unknown_fields(void **state)
{
	struct verity_signature signature =
		read_good(" { \"signature\" : \"AQID\\nBA = =\" , \"x\" : [1, {}],\n"
			  "\"rootHash\" : \"" HASH "\" } \n");

	assert_false(signature.has_fingerprint);
	assert_int_equal(signature.pkcs7_size, 4);
	verity_signature_done(&signature);
	/* Nobody checks the fingerprint, so that one which is none is as good as missing.
	 */
	signature = read_good("{\"rootHash\":\"" HASH "\",\"signature\":\"AQID\","
			      "\"certificateFingerprint\":\"12\"}");
	assert_false(signature.has_fingerprint);
	assert_int_equal(signature.pkcs7_size, 3);
	verity_signature_done(&signature);
	signature = read_good("{\"rootHash\":\"" HASH "\",\"signature\":\"AQI=\","
			      "\"certificateFingerprint\":7}");
	assert_false(signature.has_fingerprint);
	assert_int_equal(signature.pkcs7_size, 2);
	verity_signature_done(&signature);
}

static void test_upper_case(void **state)
{
	struct verity_signature signature =
		read_good("{\"rootHash\":\"00112233445566778899AABBCCDDEEFF\","
			  "\"signature\":\"AQID\"}");

	assert_true(signature.root_hash_upper_case);
	assert_int_equal(signature.root_hash[15], 0xff);
	verity_signature_done(&signature);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} cases[] = {
		{"{}", "field 'rootHash' is missing"},
		{"{\"rootHash\":1}", "field 'rootHash' is not a string"},
		{"{\"rootHash\":\"\"}", "rootHash has 0 digits, must have 32 to 128"},
		{"{\"rootHash\":\"00112233445566778899aabbccddee\"}",
		 "rootHash has 30 digits, must have 32 to 128"},
		{"{\"rootHash\":\"" PRINT PRINT "00\"}", "rootHash has 130 digits"},
		{"{\"rootHash\":\"" HASH "0\"}", "rootHash is not hexadecimal"},
		{"{\"rootHash\":\"g0112233445566778899aabbccddeeff\"}",
		 "rootHash is not hexadecimal: 'g011"},
		{"{\"rootHash\":\"" HASH "\"}", "field 'signature' is missing"},
		{"{\"rootHash\":\"" HASH "\",\"signature\":null}",
		 "field 'signature' is not a string"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		refuse(cases[i].text, strlen(cases[i].text), ERROR_NO_OFFSET,
		       cases[i].words);
	refuse("[]", 2, 0, "JSON is not an object");
	refuse("\"x\"", 3, 3, "not JSON");
	refuse("", 0, 0, "not JSON");
	refuse("\0\0\0", 3, 0, "not JSON");
	refuse("{\"a\":}", 6, 6, "not JSON");
	refuse(GOOD "x", strlen(GOOD) + 1, strlen(GOOD) + 1, "not JSON");
}

/* The last two: systemd's unbase64mem() wants the bits that nobody reads to be 0. */
static void test_base64(void **state)
{
	static const char *const bad[] = {
		"",      " ",        "A",           "AB",   "ABC",  "ABCDE",
		"A===",  "====",     "=ABC",        "AB=C", "AB-_", "ABC\\u00e9",
		"ABC=D", "AB==CDEF", "AB==\\nCD==", "AC==", "AAD="};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[256];
		int n = snprintf(text, sizeof(text),
				 "{\"rootHash\":\"" HASH "\",\"signature\":\"%s\"}",
				 bad[i]);

		refuse(text, (size_t)n, ERROR_NO_OFFSET, "signature is not Base64");
	}
}

static void test_truncation(void **state)
{
	for (size_t size = 0; size < strlen(GOOD); size++) {
		struct verity_signature signature = {0};
		struct error error = ERROR_INIT;

		assert_int_equal(read_bytes(GOOD, size, &signature, &error), -EBADMSG);
		assert_non_null(strstr(error.message, "not JSON"));
		assert_true(error.offset <= size);
	}
}

/* No flip crashes; what still reads has a hash and a signature. */
static void test_flips(void **state)
{
	for (size_t i = 0; i < 8 * strlen(GOOD); i++) {
		char text[] = GOOD;
		struct verity_signature signature = {0};
		struct error error = ERROR_INIT;
		int r;

		text[i / 8] ^= (char)(1 << i % 8);
		r = read_bytes(text, strlen(GOOD), &signature, &error);
		if (r < 0) {
			assert_int_equal(r, -EBADMSG);
			continue;
		}
		assert_int_equal(signature.root_hash_size, 16);
		assert_in_range(signature.pkcs7_size, 4, 6);
		verity_signature_done(&signature);
	}
}

static void check_round_trip(size_t hash_size, size_t pkcs7_size, bool fingerprint)
{
	uint8_t hash[64], pkcs7[300];
	struct verity_signature signature = {.root_hash = hash,
					     .root_hash_size = hash_size,
					     .pkcs7 = pkcs7,
					     .pkcs7_size = pkcs7_size,
					     .has_fingerprint = fingerprint};
	_cleanup_free_ char *text = NULL;
	struct verity_signature again;
	struct error error = ERROR_INIT;

	for (size_t i = 0; i < sizeof(pkcs7); i++)
		pkcs7[i] = (uint8_t)(7 * i + pkcs7_size);
	memcpy(hash, pkcs7, sizeof(hash));
	memcpy(signature.fingerprint, pkcs7 + 9, 32);
	test_ok(verity_signature_format(&signature, &text, &error), &error);
	again = read_good(text);
	assert_int_equal(again.root_hash_size, hash_size);
	assert_memory_equal(again.root_hash, hash, hash_size);
	assert_false(again.root_hash_upper_case);
	assert_int_equal(again.pkcs7_size, pkcs7_size);
	assert_memory_equal(again.pkcs7, pkcs7, pkcs7_size);
	assert_int_equal(again.has_fingerprint, fingerprint);
	if (fingerprint)
		assert_memory_equal(again.fingerprint, pkcs7 + 9, 32);
	verity_signature_done(&again);
}

static void test_format_and_read(void **state)
{
	for (size_t size = 1; size <= 300; size++)
		check_round_trip(32, size, size % 2);
	for (size_t size = 16; size <= 64; size++)
		check_round_trip(size, 100, true);
}

static void test_format_is_exact(void **state)
{
	struct verity_signature signature = read_good(GOOD);
	_cleanup_free_ char *text = NULL;
	struct error error = ERROR_INIT;

	test_ok(verity_signature_format(&signature, &text, &error), &error);
	assert_string_equal(text, GOOD "\n");
	verity_signature_done(&signature);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_padding_of_the_partition),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_optional_and_unknown_fields),
		cmocka_unit_test(test_upper_case),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_format_and_read),
		cmocka_unit_test(test_format_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
