/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keys and certificates made by libcrypto, for tests of key.h and pkcs7.h. */

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "formats/core/strbuf.h"
#include "formats/key.h"
#include "test/lib/test.h"

DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(X509 *, X509_free);

/* "RSA" (2048 bits), "EC" (prime256v1), "ED25519", ... */
EVP_PKEY *test_key_new(const char *type);

/* Signed by itself, valid in the year 2001; a CA's if @ca. */
X509 *test_certificate_new(EVP_PKEY *key, const char *name, long serial, bool ca);

/* Add PEM to @text: PKCS#8, encrypted if there is a passphrase. */
void test_key_pem(EVP_PKEY *key, const char *passphrase, struct strbuf *text);
void test_certificate_pem(X509 *certificate, struct strbuf *text);

/* The same objects as the code under test reads them. */
struct private_key *test_private_key(EVP_PKEY *key);
struct certificate *test_certificate(X509 *certificate);

/* A key, its certificate of the number 0x1234, and both as the tested code has them. */
struct test_signer {
	EVP_PKEY *native_key;
	X509 *native;
	struct private_key *key;
	struct certificate *certificate;
};

void test_signer_make(struct test_signer *signer, const char *type, const char *name);
void test_signer_done(struct test_signer *signer);
