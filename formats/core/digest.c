/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/digest.h"

#include <assert.h>
#include <openssl/evp.h>

#include "formats/core/limits.h"

/*
 * Larger than any cache line or page concern; small enough to stay in the second-level
 * cache.
 */
#define PIECE_SIZE (256 * KIB)

struct digest {
	EVP_MD *type;
	EVP_MD_CTX *context;
};

void digest_prepare(void)
{
	/* Whatever does not work here fails again where it is needed, with words. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
					  OPENSSL_INIT_ADD_ALL_DIGESTS |
					  OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
				  NULL);
	EVP_MD_free(EVP_MD_fetch(NULL, "sha256", NULL));
}

int digest_new(const char *algorithm, struct digest **ret, struct error *error)
{
	_cleanup_(digest_freep) struct digest *digest = calloc(1, sizeof(*digest));

	if (!digest)
		return error_memory(error);
	digest->type = EVP_MD_fetch(NULL, algorithm, NULL);
	if (!digest->type || EVP_MD_get_size(digest->type) <= 0 ||
	    EVP_MD_get_size(digest->type) > DIGEST_MAX_SIZE)
		return error_set(error, -EOPNOTSUPP, "digest '%s' is not supported",
				 algorithm);
	digest->context = EVP_MD_CTX_new();
	if (!digest->context ||
	    EVP_DigestInit_ex2(digest->context, digest->type, NULL) != 1)
		return error_memory(error);
	*ret = TAKE_PTR(digest);
	return 0;
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->context);
	EVP_MD_free(digest->type);
	free(digest);
}

size_t digest_size(const struct digest *digest)
{
	return (size_t)EVP_MD_get_size(digest->type);
}

void digest_reset(struct digest *digest)
{
	int ok = EVP_DigestInit_ex2(digest->context, NULL, NULL);

	assert(ok == 1);
	(void)ok;
}

void digest_add(struct digest *digest, const void *data, size_t size)
{
	int ok = EVP_DigestUpdate(digest->context, data, size);

	assert(ok == 1);
	(void)ok;
}

void digest_finish(struct digest *digest, uint8_t *ret)
{
	int ok = EVP_DigestFinal_ex(digest->context, ret, NULL);

	assert(ok == 1);
	(void)ok;
	digest_reset(digest);
}

void digest_sha256(const void *data, size_t size, uint8_t ret[DIGEST_SHA256_SIZE])
{
	int ok = EVP_Digest(data, size, ret, NULL, EVP_sha256(), NULL);

	assert(ok == 1);
	(void)ok;
}

int digest_sha256_source(const struct source *source, uint8_t ret[DIGEST_SHA256_SIZE],
			 struct error *error)
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	_cleanup_free_ uint8_t *piece = NULL;
	uint64_t size = source_size(source);
	int r;

	piece = malloc(MIN(MAX(size, UINT64_C(1)), PIECE_SIZE));
	if (!piece)
		return error_memory(error);
	r = digest_new("sha256", &digest, error);
	if (r < 0)
		return r;
	for (uint64_t at = 0; at < size; at += PIECE_SIZE) {
		size_t n = (size_t)MIN(size - at, PIECE_SIZE);

		r = source_read(source, at, piece, n, error);
		if (r < 0)
			return r;
		digest_add(digest, piece, n);
	}
	digest_finish(digest, ret);
	return 0;
}

void hex_encode(const uint8_t *data, size_t size, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		ret[2 * i] = digits[data[i] >> 4];
		ret[2 * i + 1] = digits[data[i] & 15];
	}
	ret[2 * size] = 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool hex_decode(const char *hex, uint8_t *ret, size_t size)
{
	if (strlen(hex) != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
