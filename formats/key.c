/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/key.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "formats/core/limits.h"
#include "formats/key-native.h"

struct private_key {
	EVP_PKEY *native;
	char description[80];
};

struct certificate {
	X509 *native;
	char *subject, *issuer, *serial; /* from malloc() */
	uint8_t fingerprint[DIGEST_SHA256_SIZE];
	int64_t from, until;
};

DEFINE_CLEANUP(BIO *, BIO_free_all);
DEFINE_CLEANUP(OSSL_DECODER_CTX *, OSSL_DECODER_CTX_free);

/* What a file turned out to hold, for words: the label of its first PEM block decides. */
enum content { CONTENT_EMPTY, CONTENT_OTHER, CONTENT_DER, CONTENT_PEM };

struct pem_start {
	size_t at;       /* of "-----BEGIN ", bytes */
	char label[40];  /* cut */
	bool terminated; /* the line ends in "-----" */
};

EVP_PKEY *private_key_native(const struct private_key *key)
{
	return key->native;
}

X509 *certificate_native(const struct certificate *certificate)
{
	return certificate->native;
}

const char *libcrypto_reason(bool *ret_memory)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	if (ret_memory)
		*ret_memory = ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	ERR_clear_error();
	return reason ? reason : "no reason given";
}

int refuse_passphrase(char *buffer, int size, int writing, void *asked)
{
	*(bool *)asked = true;
	return -1;
}

/* The contents of a memory BIO as a string. */
static char *bio_to_text(BIO *bio)
{
	char *data;
	long size = BIO_get_mem_data(bio, &data);

	return size < 0 ? NULL : strndup(data ? data : "", (size_t)size);
}

char *name_to_text(const X509_NAME *name)
{
	_cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());

	if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0)
		return NULL;
	return bio_to_text(bio);
}

char *serial_to_text(const ASN1_INTEGER *serial)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
	char *upper = number ? BN_bn2hex(number) : NULL, *text;

	BN_free(number);
	text = upper ? strdup(upper) : NULL;
	OPENSSL_free(upper);
	for (char *c = text; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return text;
}

/* The next PEM block at or behind @from; false if there is none. */
static bool find_pem(struct span bytes, size_t from, struct pem_start *ret)
{
	static const char begin[] = "-----BEGIN ";
	const uint8_t *start, *label;
	size_t left, size = 0;

	start = memmem(bytes.data + from, bytes.size - from, begin, strlen(begin));
	if (!start)
		return false;
	label = start + strlen(begin);
	left = bytes.size - (size_t)(label - bytes.data);
	while (size < left && size < sizeof(ret->label) - 1 && label[size] != '-' &&
	       isprint(label[size]))
		size++;
	*ret = (struct pem_start){.at = (size_t)(start - bytes.data)};
	memcpy(ret->label, label, size);
	return true;
}

static bool is_certificate_label(const char *label)
{
	return strcmp(label, PEM_STRING_X509) == 0 ||
	       strcmp(label, PEM_STRING_X509_OLD) == 0;
}
