/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/key.h"

#include <openssl/pem.h>

#include "formats/core/limits.h"
#include "test/lib/keys.h"
#include "test/lib/run.h"

/* Made once: RSA takes its time. */
static EVP_PKEY *rsa, *ec;
static X509 *certificate;

static int set_up(void **state)
{
	rsa = test_key_new("RSA");
	ec = test_key_new("EC");
	certificate = test_certificate_new(rsa, "Signer", 0x1234, false);
	return 0;
}

static int tear_down(void **state)
{
	X509_free(certificate);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	return 0;
}

static struct span span_of(const struct strbuf *text)
{
	return span_make(strbuf_text(text), text->size);
}

static void check_key(struct span bytes, const char *description)
{
	_cleanup_(private_key_freep) struct private_key *key = NULL;
	struct error error = ERROR_INIT;

	test_ok(private_key_parse(bytes, &key, &error), &error);
	assert_string_equal(private_key_description(key), description);
}

static void check_key_error(struct span bytes, int code, uint64_t offset,
			    const char *words)
{
	struct private_key *key = NULL;
	struct error error = ERROR_INIT;

	assert_int_equal(private_key_parse(bytes, &key, &error), code);
	test_error(&error, code, offset, words);
	assert_null(key);
}

static void test_keys_in_pem(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0}, both = {0};

	test_key_pem(rsa, NULL, &text);
	check_key(span_of(&text), "RSA 2048 bits");
	strbuf_done(&text);
	test_key_pem(ec, NULL, &text);
	check_key(span_of(&text), "EC prime256v1");
	test_certificate_pem(certificate, &both);
	strbuf_add(&both, text.data, text.size);
	check_key(span_of(&both), "EC prime256v1");
	test_certificate_pem(certificate, &text);
	check_key(span_of(&text), "EC prime256v1");
}

/* As 'openssl ecparam -genkey' writes them. */
static void test_key_behind_its_parameters(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	strbuf_add_string(&text, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
				 "-----END EC PARAMETERS-----\n");
	test_key_pem(ec, NULL, &text);
	check_key(span_of(&text), "EC prime256v1");
}

/* The forms before PKCS#8: "RSA PRIVATE KEY", "EC PRIVATE KEY". */
static void test_keys_in_traditional_form(void **state)
{
	EVP_PKEY *keys[] = {rsa, ec};
	static const char *const descriptions[] = {"RSA 2048 bits", "EC prime256v1"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		BIO *bio = BIO_new(BIO_s_mem());
		char *data;
		long size;

		assert_int_equal(PEM_write_bio_PrivateKey_traditional(
					 bio, keys[i], NULL, NULL, 0, NULL, NULL),
				 1);
		size = BIO_get_mem_data(bio, &data);
		check_key(span_make(data, (size_t)size), descriptions[i]);
		BIO_free(bio);
	}
}

static void test_keys_in_der(void **state)
{
	uint8_t *der = NULL;
	int size = i2d_PrivateKey(ec, &der);

	assert_true(size > 0);
	check_key(span_make(der, (size_t)size), "EC prime256v1");
	check_key_error(span_make(der, (size_t)size - 1), -EBADMSG, 0,
			"holds neither PEM nor DER, expected a private key");
	OPENSSL_free(der);
}

static void test_encrypted_keys(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long size;

	strbuf_add_string(&text, "# a comment\n");
	test_key_pem(rsa, "secret", &text);
	check_key_error(span_of(&text), -EOPNOTSUPP, 12, "encrypted private key");
	assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, ec, EVP_aes_128_cbc(),
							      (const uint8_t *)"secret",
							      6, NULL, NULL),
			 1);
	size = BIO_get_mem_data(bio, &data);
	check_key_error(span_make(data, (size_t)size), -EOPNOTSUPP, 0,
			"encrypted private key");
	BIO_free(bio);
}

static void test_what_is_no_key(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	_cleanup_free_ uint8_t *big = calloc(1, LIMIT_KEY + 1);

	check_key_error(span_string(""), -EBADMSG, 0, "holds nothing, expected");
	check_key_error(span_string("hello"), -EBADMSG, 0, "neither PEM nor DER");
	test_certificate_pem(certificate, &text);
	check_key_error(span_of(&text), -EBADMSG, 0,
			"holds a certificate, expected a private key");
	check_key_error(span_string("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
				    "-----END OPENSSH PRIVATE KEY-----\n"),
			-EOPNOTSUPP, 0, "ssh-keygen");
	check_key_error(span_string("\n-----BEGIN PRIVATE KEY-----\nAAAA\n"
				    "-----END PRIVATE KEY-----\n"),
			-EBADMSG, 1, "holds a private key that cannot be decoded");
	check_key_error(span_make(big, LIMIT_KEY + 1), -E2BIG, ERROR_NO_OFFSET,
			"has 1048577 bytes, at most 1048576 are read");
}

static void test_keys_that_cannot_sign(void **state)
{
	static const char *const types[] = {"ED25519", "X25519"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_(EVP_PKEY_freep) EVP_PKEY *key = test_key_new(types[i]);
		_cleanup_strbuf_ struct strbuf text = {0};

		test_key_pem(key, NULL, &text);
		check_key_error(span_of(&text), -EOPNOTSUPP, ERROR_NO_OFFSET,
				"expected RSA or EC");
		check_key_error(span_of(&text), -EOPNOTSUPP, ERROR_NO_OFFSET, types[i]);
	}
}

static void test_truncated_keys(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	test_key_pem(ec, NULL, &text);
	/* The last newline and the dashes before it are not missed. */
	for (size_t size = 0; size < text.size - 8; size++) {
		_cleanup_free_ uint8_t *copy = malloc(size + 1);
		struct private_key *key = NULL;
		struct error error = ERROR_INIT;

		memcpy(copy, text.data, size);
		assert_int_equal(private_key_parse(span_make(copy, size), &key, &error),
				 -EBADMSG);
		assert_int_equal(error.offset, 0);
	}
}

static void test_key_files(void **state)
{
	char *directory = test_directory_new();
	_cleanup_strbuf_ struct strbuf text = {0};
	_cleanup_(private_key_freep) struct private_key *key = NULL;
	_cleanup_free_ char *path = NULL;
	struct error error = ERROR_INIT;

	test_key_pem(ec, NULL, &text);
	path = test_directory_write(directory, "key.pem", text.data, text.size);
	test_ok(private_key_open(path, &key, &error), &error);
	assert_string_equal(private_key_description(key), "EC prime256v1");
	assert_int_equal(private_key_open(directory, &key, &error), -EISDIR);
	test_directory_free(directory);
	assert_int_equal(private_key_open(path, &key, &error), -ENOENT);
}

static int read_certificate(struct span bytes, struct certificate **ret,
			    unsigned *ret_faults, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source =
		test_source(bytes.data, bytes.size);

	return certificate_read(source, ret, ret_faults, error);
}

/* Checks the name and the faults of the first certificate. */
static void check_certificate(struct span bytes, const char *subject, unsigned faults)
{
	_cleanup_(certificate_freep) struct certificate *read = NULL;
	struct error error = ERROR_INIT;
	unsigned found = 0;

	test_ok(read_certificate(bytes, &read, &found, &error), &error);
	assert_string_equal(certificate_subject(read), subject);
	assert_int_equal(found, faults);
}

static void check_certificate_error(struct span bytes, int code, uint64_t offset,
				    const char *words)
{
	struct certificate *read = NULL;
	struct error error = ERROR_INIT;
	unsigned faults = 77;

	assert_int_equal(read_certificate(bytes, &read, &faults, &error), code);
	test_error(&error, code, offset, words);
	assert_null(read);
	assert_int_equal(faults, 77);
}

static void test_certificate_facts(void **state)
{
	_cleanup_(certificate_freep) struct certificate *read =
		test_certificate(certificate);
	uint8_t fingerprint[DIGEST_SHA256_SIZE];
	int64_t from, until;

	assert_string_equal(certificate_subject(read), "CN=Signer");
	assert_string_equal(certificate_issuer(read), "CN=Signer");
	assert_string_equal(certificate_serial(read), "1234");
	assert_int_equal(X509_digest(certificate, EVP_sha256(), fingerprint, NULL), 1);
	assert_memory_equal(certificate_fingerprint(read), fingerprint,
			    sizeof(fingerprint));
	certificate_validity(read, &from, &until);
	assert_int_equal(from, 978307200);
	assert_int_equal(until, 1009843200);
}

/* Control characters and bytes over 127 must not reach a terminal. */
static void test_certificate_names_are_escaped(void **state)
{
	_cleanup_(X509_freep) X509 *strange =
		test_certificate_new(ec, "a\x1b[1m, \xc3\xa4", 0x80, false);
	_cleanup_(certificate_freep) struct certificate *read = test_certificate(strange);

	assert_string_equal(certificate_subject(read), "CN=a\\1B[1m\\, \\C3\\A4");
	assert_string_equal(certificate_serial(read), "80");
}

static void test_certificate_faults(void **state)
{
	_cleanup_(X509_freep) X509 *ca = test_certificate_new(ec, "Authority", 1, true);
	_cleanup_strbuf_ struct strbuf text = {0};
	uint8_t *der = NULL;
	int size;

	test_certificate_pem(certificate, &text);
	check_certificate(span_of(&text), "CN=Signer", 0);
	test_certificate_pem(ca, &text);
	check_certificate(span_of(&text), "CN=Signer", CERTIFICATE_FAULT_SEVERAL);
	strbuf_done(&text);
	test_certificate_pem(ca, &text);
	check_certificate(span_of(&text), "CN=Authority", CERTIFICATE_FAULT_CA);
	size = i2d_X509(certificate, &der);
	check_certificate(span_make(der, (size_t)size), "CN=Signer",
			  CERTIFICATE_FAULT_DER);
	check_certificate_error(span_make(der, (size_t)size - 1), -EBADMSG, 0,
				"holds neither PEM nor DER, expected a certificate");
	OPENSSL_free(der);
}

/* PEM_read_X509() passes over blocks of other kinds. */
static void test_certificate_behind_a_key(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0};

	test_key_pem(ec, NULL, &text);
	test_certificate_pem(certificate, &text);
	check_certificate(span_of(&text), "CN=Signer", 0);
}

static void test_what_is_no_certificate(void **state)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	_cleanup_free_ uint8_t *big = calloc(1, LIMIT_KEY + 1);
	size_t at;

	check_certificate_error(span_string(""), -EBADMSG, 0, "holds nothing, expected");
	test_key_pem(ec, NULL, &text);
	check_certificate_error(span_of(&text), -EBADMSG, 0,
				"holds a private key, expected a certificate");
	/* A broken first one is not passed over for the sake of a good second one. */
	at = text.size;
	strbuf_add_string(&text, "-----BEGIN CERTIFICATE-----\nAAAA\n"
				 "-----END CERTIFICATE-----\n");
	test_certificate_pem(certificate, &text);
	check_certificate_error(span_of(&text), -EBADMSG, at,
				"holds a certificate that cannot be decoded");
	check_certificate_error(span_make(big, LIMIT_KEY + 1), -E2BIG, ERROR_NO_OFFSET,
				"1048576");
}

static void test_certificate_fits(void **state)
{
	_cleanup_(certificate_freep) struct certificate *read =
		test_certificate(certificate);
	_cleanup_(private_key_freep) struct private_key *own = test_private_key(rsa);
	_cleanup_(private_key_freep) struct private_key *other = test_private_key(ec);

	assert_true(certificate_fits(read, own));
	assert_false(certificate_fits(read, other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_in_pem),
		cmocka_unit_test(test_key_behind_its_parameters),
		cmocka_unit_test(test_keys_in_traditional_form),
		cmocka_unit_test(test_keys_in_der),
		cmocka_unit_test(test_encrypted_keys),
		cmocka_unit_test(test_what_is_no_key),
		cmocka_unit_test(test_keys_that_cannot_sign),
		cmocka_unit_test(test_truncated_keys),
		cmocka_unit_test(test_key_files),
		cmocka_unit_test(test_certificate_facts),
		cmocka_unit_test(test_certificate_names_are_escaped),
		cmocka_unit_test(test_certificate_faults),
		cmocka_unit_test(test_certificate_behind_a_key),
		cmocka_unit_test(test_what_is_no_certificate),
		cmocka_unit_test(test_certificate_fits),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
