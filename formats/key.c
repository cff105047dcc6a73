/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/key.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "formats/key-native.h"

static const char pem_begin[] = "-----BEGIN ";

struct private_key {
	EVP_PKEY *native;
	char description[80];
};

DEFINE_CLEANUP(OSSL_DECODER_CTX *, OSSL_DECODER_CTX_free);

const char *libcrypto_reason(bool *ret_memory)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);

	if (ret_memory)
		*ret_memory = ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	ERR_clear_error();
	return reason ? reason : "no reason given";
}

int passphrase_refuse(char *buffer, int size, int writing, void *asked)
{
	*(bool *)asked = true;
	return -1;
}

/* Blocks begin at the start of a line; libcrypto passes over everything else. */
static const uint8_t *find_begin(struct span bytes, size_t from)
{
	const uint8_t *at;

	while (from < bytes.size) {
		at = memmem(bytes.data + from, bytes.size - from, pem_begin,
			    strlen(pem_begin));
		if (!at || at == bytes.data || at[-1] == '\n')
			return at;
		from = (size_t)(at - bytes.data) + 1;
	}
	return NULL;
}

bool pem_find(struct span bytes, size_t from, struct pem_block *ret)
{
	const uint8_t *start = find_begin(bytes, from), *label;
	size_t left, size = 0;

	if (!start)
		return false;
	label = start + strlen(pem_begin);
	left = bytes.size - (size_t)(label - bytes.data);
	while (size < left && size < sizeof(ret->label) - 1 && label[size] != '-' &&
	       isprint(label[size]))
		size++;
	*ret = (struct pem_block){.at = (size_t)(start - bytes.data)};
	memcpy(ret->label, label, size);
	return true;
}

static const char *describe_label(const char *label)
{
	static const struct {
		const char *label, *words;
	} known[] = {
		{PEM_STRING_X509, "a certificate"},
		{PEM_STRING_X509_OLD, "a certificate"},
		{PEM_STRING_X509_TRUSTED, "a certificate in OpenSSL's trusted form"},
		{PEM_STRING_X509_REQ, "a certificate request"},
		{PEM_STRING_X509_REQ_OLD, "a certificate request"},
		{PEM_STRING_X509_CRL, "a revocation list"},
		{PEM_STRING_PUBLIC, "a public key"},
		{PEM_STRING_RSA_PUBLIC, "a public key"},
		{PEM_STRING_PKCS7, "a PKCS#7 structure"},
		{PEM_STRING_CMS, "a CMS structure"},
		{"OPENSSH PRIVATE KEY", "a private key in OpenSSH's own form"},
		{PEM_STRING_PKCS8, "an encrypted private key"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(label, known[i].label) == 0)
			return known[i].words;
	if (string_ends_with(label, "PRIVATE KEY"))
		return "a private key";
	return "PEM of another kind";
}

/* Whether the bytes are what d2i_@type reads, with the length that they have. */
#define IS_DER_OF(type, bytes)                                              \
	({                                                                  \
		const uint8_t *_at = (bytes).data;                          \
		type *_object = d2i_##type(NULL, &_at, (long)(bytes).size); \
		type##_free(_object);                                       \
		_object != NULL;                                            \
	})

static const char *describe_der(struct span bytes)
{
	const uint8_t *at = bytes.data;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)bytes.size);

	EVP_PKEY_free(key);
	if (key)
		return "a private key in DER form";
	if (IS_DER_OF(X509, bytes))
		return "a certificate in DER form";
	if (IS_DER_OF(PKCS12, bytes))
		return "a PKCS#12 archive";
	if (IS_DER_OF(X509_SIG, bytes))
		return "an encrypted private key in DER form";
	if (IS_DER_OF(PKCS7, bytes))
		return "a PKCS#7 structure in DER form";
	return "neither PEM nor DER";
}

const char *key_file_describe(struct span bytes)
{
	struct pem_block block;
	const char *words;

	if (bytes.size == 0)
		return "nothing";
	if (pem_find(bytes, 0, &block))
		return describe_label(block.label);
	words = describe_der(bytes);
	ERR_clear_error();
	return words;
}

/* The block that should have been the private key. */
static bool find_key_block(struct span bytes, struct pem_block *ret)
{
	size_t from = 0;

	while (pem_find(bytes, from, ret)) {
		if (string_ends_with(ret->label, "PRIVATE KEY"))
			return true;
		from = ret->at + 1;
	}
	return false;
}

/* NULL with the queue filled if there is none, or if @ret_encrypted. */
static EVP_PKEY *decode(struct span bytes, bool *ret_encrypted)
{
	_cleanup_(OSSL_DECODER_CTX_freep) OSSL_DECODER_CTX *context = NULL;
	_cleanup_(BIO_free_allp) BIO *bio = NULL;
	struct pem_block block;
	EVP_PKEY *native = NULL;

	/* libcrypto would give up at a block of another kind in front of it. */
	if (find_key_block(bytes, &block))
		bytes = span_make(bytes.data + block.at, bytes.size - block.at);
	bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
	context = OSSL_DECODER_CTX_new_for_pkey(&native, NULL, NULL, NULL,
						EVP_PKEY_KEYPAIR, NULL, NULL);
	if (!bio || !context ||
	    OSSL_DECODER_CTX_set_pem_password_cb(context, passphrase_refuse,
						 ret_encrypted) != 1 ||
	    OSSL_DECODER_from_bio(context, bio) != 1)
		return NULL;
	return native;
}

static int explain_failure(struct span bytes, bool encrypted, struct error *error)
{
	struct pem_block block = {0};
	bool memory, has_key = find_key_block(bytes, &block);
	const char *reason = libcrypto_reason(&memory), *found;
	uint64_t at = has_key ? block.at : 0;

	if (memory)
		return error_memory(error);
	found = has_key ? describe_label(block.label) : key_file_describe(bytes);
	if (encrypted || string_starts_with(found, "an encrypted private key"))
		return error_set_at(error, -EOPNOTSUPP, at,
				    "holds an encrypted private key; decrypt it first, "
				    "for example with 'openssl pkey -in FILE -out KEY'");
	if (string_starts_with(block.label, "OPENSSH"))
		return error_set_at(error, -EOPNOTSUPP, at,
				    "holds %s; convert it first, for example with "
				    "'ssh-keygen -p -m PKCS8 -f FILE'",
				    found);
	if (string_starts_with(found, "a private key"))
		return error_bad(error, at, "holds %s that cannot be decoded: %s", found,
				 reason);
	return error_bad(error, at, "holds %s, expected a private key", found);
}

void public_key_describe(const EVP_PKEY *key, char *buffer, size_t size)
{
	char group[40];
	const char *type = EVP_PKEY_get0_type_name(key);

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
		(void)snprintf(buffer, size, "%s %d bits", type ? type : "unknown",
			       EVP_PKEY_get_bits(key));
	else if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1)
		(void)snprintf(buffer, size, "EC %s", group);
	else
		(void)snprintf(buffer, size, "EC with a curve of its own, %d bits",
			       EVP_PKEY_get_bits(key));
	ERR_clear_error();
}

static int parse_key(struct span bytes, struct private_key *key, struct error *error)
{
	bool encrypted = false;
	int type;

	key->native = decode(bytes, &encrypted);
	if (!key->native)
		return explain_failure(bytes, encrypted, error);
	ERR_clear_error();
	public_key_describe(key->native, key->description, sizeof(key->description));
	type = EVP_PKEY_get_base_id(key->native);
	if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
		return error_set(error, -EOPNOTSUPP,
				 "holds a private key of type %s, which cannot sign a "
				 "PKCS#7; expected RSA or EC",
				 key->description);
	return 0;
}

int private_key_parse(struct span bytes, struct private_key **ret, struct error *error)
{
	_cleanup_(private_key_freep) struct private_key *key = calloc(1, sizeof(*key));
	int r;

	if (!key)
		return error_memory(error);
	if (bytes.size > LIMIT_KEY)
		return error_set(error, -E2BIG,
				 "has %zu bytes, at most %" PRIu64 " are read",
				 bytes.size, LIMIT_KEY);
	r = parse_key(bytes, key, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(key);
	return 0;
}

int private_key_open(const char *path, struct private_key **ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	uint8_t *bytes = NULL;
	size_t size;
	int r;

	r = source_open_file(path, &source, error);
	if (r < 0)
		return r;
	r = source_read_all(source, LIMIT_KEY, &bytes, &size, error);
	if (r < 0)
		return r;
	r = private_key_parse(span_make(bytes, size), ret, error);
	explicit_bzero(bytes, size);
	free(bytes);
	return r;
}

void private_key_free(struct private_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->native);
	free(key);
}

const char *private_key_description(const struct private_key *key)
{
	return key->description;
}

EVP_PKEY *private_key_native(const struct private_key *key)
{
	return key->native;
}
