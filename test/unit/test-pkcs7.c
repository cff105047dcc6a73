/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/pkcs7.h"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "formats/core/limits.h"
#include "test/lib/keys.h"

static const char content[] =
	"f1e2d3c4b5a697887766554433221100f1e2d3c4b5a697887766554433221100";

/* Made once: RSA takes its time. */
static struct test_signer rsa, ec;

static int set_up(void **state)
{
	test_signer_make(&rsa, "RSA", "RSA signer");
	test_signer_make(&ec, "EC", "EC signer");
	return 0;
}

static int tear_down(void **state)
{
	test_signer_done(&rsa);
	test_signer_done(&ec);
	return 0;
}

/* From malloc(). */
static struct span sign(const struct test_signer *signer)
{
	uint8_t *der = NULL;
	size_t size = 0;
	struct error error = ERROR_INIT;

	test_ok(pkcs7_sign(span_string(content), signer->key, signer->certificate, &der,
			   &size, &error),
		&error);
	return span_make(der, size);
}

static struct pkcs7 *parse(struct span der)
{
	struct pkcs7 *pkcs7 = NULL;
	struct error error = ERROR_INIT;

	test_ok(pkcs7_parse(der, &pkcs7, &error), &error);
	return pkcs7;
}

static void check_error(struct span der, int code, uint64_t offset, const char *words)
{
	struct pkcs7 *pkcs7 = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(pkcs7_parse(der, &pkcs7, &error), code);
	test_error(&error, code, offset, words);
	assert_null(pkcs7);
}

/* Checks the faults, and that @signer's certificate is named and verifies. */
static void check_signed(struct span der, const struct test_signer *signer,
			 unsigned faults)
{
	_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = parse(der);
	struct error error = ERROR_INIT;

	assert_int_equal(pkcs7_faults(pkcs7), faults);
	assert_true(pkcs7_names(pkcs7, signer->certificate));
	test_ok(pkcs7_verify(pkcs7, span_string(content), signer->certificate, &error),
		&error);
	assert_int_equal(
		pkcs7_verify(pkcs7, span_string(content), signer->certificate, &error),
		1);
	assert_int_equal(
		pkcs7_verify(pkcs7, span_string("another"), signer->certificate, &error),
		0);
	assert_int_not_equal(error.message[0], 0);
}

static void test_round_trip(void **state)
{
	const struct test_signer *signers[] = {&rsa, &ec};

	for (size_t i = 0; i < ARRAY_SIZE(signers); i++) {
		struct span der = sign(signers[i]);
		_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = parse(der);
		const struct pkcs7_signer *named = pkcs7_signer_at(pkcs7, 0);

		check_signed(der, signers[i], 0);
		assert_int_equal(pkcs7_n_signers(pkcs7), 1);
		assert_string_equal(named->issuer, i ? "CN=EC signer" : "CN=RSA signer");
		assert_string_equal(named->serial, "1234");
		assert_string_equal(named->digest, "SHA256");
		assert_false(pkcs7_names(pkcs7, signers[!i]->certificate));
		assert_int_equal(pkcs7_verify(pkcs7, span_string(content),
					      signers[!i]->certificate, NULL),
				 0);
		free((void *)der.data);
	}
}

static void test_signing_is_repeatable(void **state)
{
	struct span first = sign(&rsa), second = sign(&rsa);

	assert_true(span_equal(first, second));
	free((void *)first.data);
	free((void *)second.data);
}

static void test_changed_content(void **state)
{
	struct span der = sign(&rsa);
	_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = parse(der);
	char changed[sizeof(content) + 1];
	struct error error = ERROR_INIT;

	/* A newline behind the root hash, and the hash in capitals. */
	snprintf(changed, sizeof(changed), "%s\n", content);
	assert_int_equal(
		pkcs7_verify(pkcs7, span_string(changed), rsa.certificate, &error), 0);
	test_error(&error, -EBADMSG, ERROR_NO_OFFSET, "signature failure");
	snprintf(changed, sizeof(changed), "F%s", content + 1);
	assert_int_equal(
		pkcs7_verify(pkcs7, span_string(changed), rsa.certificate, &error), 0);
	assert_int_equal(pkcs7_verify(pkcs7, span_string(""), rsa.certificate, &error),
			 0);
	free((void *)der.data);
}

/* The same name and number on another key: named, but it did not sign. */
static void test_certificate_of_the_same_name(void **state)
{
	_cleanup_(X509_freep) X509 *twin =
		test_certificate_new(ec.native_key, "RSA signer", 0x1234, false);
	_cleanup_(X509_freep) X509 *next =
		test_certificate_new(rsa.native_key, "RSA signer", 0x1235, false);
	_cleanup_(certificate_freep) struct certificate *same = test_certificate(twin);
	_cleanup_(certificate_freep) struct certificate *renewed = test_certificate(next);
	struct span der = sign(&rsa);
	_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = parse(der);
	struct error error = ERROR_INIT;

	assert_true(pkcs7_names(pkcs7, same));
	assert_int_equal(pkcs7_verify(pkcs7, span_string(content), same, &error), 0);
	assert_int_equal(error.code, -EBADMSG);
	/* The right key under another number is not found by PKCS7_verify(). */
	assert_false(pkcs7_names(pkcs7, renewed));
	assert_int_equal(pkcs7_verify(pkcs7, span_string(content), renewed, &error), 0);
	free((void *)der.data);
}

static void test_trailing_bytes(void **state)
{
	struct span der = sign(&rsa);
	_cleanup_free_ uint8_t *longer = calloc(1, der.size + 3);

	memcpy(longer, der.data, der.size);
	check_signed(span_make(longer, der.size + 1), &rsa, PKCS7_FAULT_TRAILING);
	check_signed(span_make(longer, der.size + 3), &rsa, PKCS7_FAULT_TRAILING);
	free((void *)der.data);
}

static void test_truncation(void **state)
{
	struct span der = sign(&rsa);

	check_error(span_make(der.data, 0), -EBADMSG, 0, "is empty");
	for (size_t size = 1; size < der.size; size++) {
		_cleanup_free_ uint8_t *copy = malloc(size);

		memcpy(copy, der.data, size);
		check_error(span_make(copy, size), -EBADMSG, 0, "is no PKCS#7 in DER");
	}
	free((void *)der.data);
}

/* Whatever one byte says: an answer, and never a yes to a changed signature. */
static void test_changed_bytes(void **state)
{
	struct span der = sign(&rsa);
	size_t signature_at = der.size - 256, n_refused = 0;

	for (size_t at = 0; at < der.size; at++) {
		_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = NULL;
		_cleanup_free_ uint8_t *copy = malloc(der.size);
		struct error error = ERROR_INIT;
		int r;

		memcpy(copy, der.data, der.size);
		copy[at] ^= 0x15;
		r = pkcs7_parse(span_make(copy, der.size), &pkcs7, &error);
		if (r < 0) {
			assert_true(error_is_input(r));
			n_refused++;
			assert_true(at < signature_at);
			continue;
		}
		r = pkcs7_verify(pkcs7, span_string(content), rsa.certificate, &error);
		assert_in_range(r, 0, 1);
		if (at >= signature_at)
			assert_int_equal(r, 0);
	}
	assert_true(n_refused > 0);
	free((void *)der.data);
}

/* What libcrypto signs with @flags. From OPENSSL_malloc(). */
static struct span sign_with(const struct test_signer *signer, int flags)
{
	BIO *in = BIO_new_mem_buf(content, -1);
	PKCS7 *native = PKCS7_sign(signer->native, signer->native_key, NULL, in,
				   flags | PKCS7_BINARY);
	uint8_t *der = NULL;
	int size = i2d_PKCS7(native, &der);

	assert_true(size > 0);
	PKCS7_free(native);
	BIO_free(in);
	return span_make(der, (size_t)size);
}

static void test_what_others_sign(void **state)
{
	static const struct {
		int flags;
		unsigned faults;
	} rows[] = {
		{PKCS7_DETACHED | PKCS7_NOATTR | PKCS7_NOCERTS, 0},
		{PKCS7_DETACHED | PKCS7_NOATTR, 0},
		{PKCS7_DETACHED, PKCS7_FAULT_ATTRIBUTES},
		{PKCS7_NOATTR, PKCS7_FAULT_CONTENT},
		{0, PKCS7_FAULT_CONTENT | PKCS7_FAULT_ATTRIBUTES},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct span der = sign_with(&rsa, rows[i].flags);

		check_signed(der, &rsa, rows[i].faults);
		OPENSSL_free((void *)der.data);
	}
}

static void test_two_signers(void **state)
{
	BIO *in = BIO_new_mem_buf(content, -1);
	const int flags = PKCS7_DETACHED | PKCS7_NOATTR | PKCS7_BINARY | PKCS7_PARTIAL;
	PKCS7 *native = PKCS7_sign(NULL, NULL, NULL, in, flags);
	_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = NULL;
	uint8_t *der = NULL;
	int size;

	assert_non_null(PKCS7_sign_add_signer(native, rsa.native, rsa.native_key,
					      EVP_sha512(), flags));
	assert_non_null(PKCS7_sign_add_signer(native, ec.native, ec.native_key,
					      EVP_sha256(), flags));
	assert_int_equal(PKCS7_final(native, in, flags), 1);
	size = i2d_PKCS7(native, &der);
	pkcs7 = parse(span_make(der, (size_t)size));
	assert_int_equal(pkcs7_n_signers(pkcs7), 2);
	assert_true(pkcs7_names(pkcs7, rsa.certificate));
	assert_true(pkcs7_names(pkcs7, ec.certificate));
	/* PKCS7_verify() wants those of all signers; systemd gives it one at a time. */
	assert_int_equal(pkcs7_verify(pkcs7, span_string(content), rsa.certificate, NULL),
			 0);
	OPENSSL_free(der);
	PKCS7_free(native);
	BIO_free(in);
}

static void test_what_is_no_signature(void **state)
{
	_cleanup_free_ uint8_t *big = calloc(1, LIMIT_VERITY_SIGNATURE + 1);
	PKCS7 *native = PKCS7_new();
	uint8_t *der = NULL;
	int size;

	check_error(span_string("hello"), -EBADMSG, 0, "is no PKCS#7 in DER");
	check_error(span_make(big, LIMIT_VERITY_SIGNATURE + 1), -E2BIG, ERROR_NO_OFFSET,
		    "has 4194305 bytes, at most 4194304 are read");
	assert_int_equal(PKCS7_set_type(native, NID_pkcs7_data), 1);
	size = i2d_PKCS7(native, &der);
	check_error(span_make(der, (size_t)size), -EBADMSG, 0,
		    "expected 'pkcs7-signedData'");
	OPENSSL_free(der);
	PKCS7_free(native);

	native = PKCS7_new();
	der = NULL;
	assert_int_equal(PKCS7_set_type(native, NID_pkcs7_signed), 1);
	assert_int_equal(PKCS7_content_new(native, NID_pkcs7_data), 1);
	size = i2d_PKCS7(native, &der);
	check_error(span_make(der, (size_t)size), -EBADMSG, 0, "has no signer");
	OPENSSL_free(der);
	PKCS7_free(native);
}

/* A signer named by subjectKeyIdentifier: CMS says it, PKCS#7 cannot. */
static void test_cms(void **state)
{
	_cleanup_(X509_freep) X509 *identified =
		test_certificate_new(rsa.native_key, "RSA signer", 0x1234, false);
	const unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_NOATTR | CMS_NOCERTS;
	BIO *in = BIO_new_mem_buf(content, -1);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(
		NULL, NULL, NID_subject_key_identifier, "01:02:03:04");
	uint8_t *der = NULL;
	CMS_ContentInfo *cms;
	int size;

	assert_int_equal(X509_add_ext(identified, extension, -1), 1);
	X509_EXTENSION_free(extension);
	assert_true(X509_sign(identified, rsa.native_key, EVP_sha256()) > 0);
	cms = CMS_sign(identified, rsa.native_key, NULL, in, flags | CMS_USE_KEYID);
	size = i2d_CMS_ContentInfo(cms, &der);
	check_error(span_make(der, (size_t)size), -EOPNOTSUPP, 0, "subjectKeyIdentifier");
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);

	/* CMS that names issuer and serial is PKCS#7. */
	assert_int_equal(BIO_reset(in), 1);
	der = NULL;
	cms = CMS_sign(rsa.native, rsa.native_key, NULL, in, flags);
	size = i2d_CMS_ContentInfo(cms, &der);
	check_signed(span_make(der, (size_t)size), &rsa, 0);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

static void test_key_of_another_certificate(void **state)
{
	uint8_t *der = NULL;
	size_t size = 0;
	struct error error = ERROR_INIT;

	assert_int_equal(pkcs7_sign(span_string(content), rsa.key, ec.certificate, &der,
				    &size, &error),
			 -EINVAL);
	test_error(&error, -EINVAL, ERROR_NO_OFFSET,
		   "certificate 'CN=EC signer' is not for this key (RSA 2048 bits)");
	assert_null(der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_signing_is_repeatable),
		cmocka_unit_test(test_changed_content),
		cmocka_unit_test(test_certificate_of_the_same_name),
		cmocka_unit_test(test_trailing_bytes),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_what_others_sign),
		cmocka_unit_test(test_two_signers),
		cmocka_unit_test(test_what_is_no_signature),
		cmocka_unit_test(test_cms),
		cmocka_unit_test(test_key_of_another_certificate),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
