/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/keys.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

EVP_PKEY *test_key_new(const char *type)
{
	EVP_PKEY *key;

	if (strcmp(type, "RSA") == 0)
		key = EVP_RSA_gen(2048);
	else if (strcmp(type, "EC") == 0)
		key = EVP_EC_gen("prime256v1");
	else
		key = EVP_PKEY_Q_keygen(NULL, NULL, type);
	assert_non_null(key);
	return key;
}

static void set_name(X509 *certificate, const char *text)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
						    (const uint8_t *)text, -1, -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(certificate, name), 1);
}

X509 *test_certificate_new(EVP_PKEY *key, const char *name, long serial, bool ca)
{
	X509 *certificate = X509_new();
	bool has_no_digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;

	assert_non_null(certificate);
	assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial), 1);
	assert_int_equal(
		ASN1_TIME_set_string(X509_getm_notBefore(certificate), "010101000000Z"),
		1);
	assert_int_equal(
		ASN1_TIME_set_string(X509_getm_notAfter(certificate), "020101000000Z"),
		1);
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	set_name(certificate, name);
	if (ca) {
		X509_EXTENSION *extension = X509V3_EXT_conf_nid(
			NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");

		assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
		X509_EXTENSION_free(extension);
	}
	assert_true(X509_sign(certificate, key, has_no_digest ? NULL : EVP_sha256()) > 0);
	return certificate;
}

static void take_bio(BIO *bio, struct strbuf *text)
{
	char *data = NULL;
	long size = BIO_get_mem_data(bio, &data);

	strbuf_add(text, data, (size_t)size);
	BIO_free(bio);
}

void test_key_pem(EVP_PKEY *key, const char *passphrase, struct strbuf *text)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
				 bio, key, passphrase ? EVP_aes_256_cbc() : NULL,
				 passphrase, passphrase ? (int)strlen(passphrase) : 0,
				 NULL, NULL),
			 1);
	take_bio(bio, text);
}

void test_certificate_pem(X509 *certificate, struct strbuf *text)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
	take_bio(bio, text);
}

struct private_key *test_private_key(EVP_PKEY *key)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	struct private_key *read = NULL;
	struct error error = ERROR_INIT;

	test_key_pem(key, NULL, &text);
	test_ok(private_key_parse(span_make(text.data, text.size), &read, &error),
		&error);
	return read;
}

struct certificate *test_certificate(X509 *certificate)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct certificate *read = NULL;
	struct error error = ERROR_INIT;
	unsigned faults;

	test_certificate_pem(certificate, &text);
	source = test_source(text.data, text.size);
	test_ok(certificate_read(source, &read, &faults, &error), &error);
	return read;
}

void test_signer_make(struct test_signer *signer, const char *type, const char *name)
{
	signer->native_key = test_key_new(type);
	signer->native = test_certificate_new(signer->native_key, name, 0x1234, false);
	signer->key = test_private_key(signer->native_key);
	signer->certificate = test_certificate(signer->native);
}

void test_signer_done(struct test_signer *signer)
{
	certificate_free(signer->certificate);
	private_key_free(signer->key);
	X509_free(signer->native);
	EVP_PKEY_free(signer->native_key);
}
