/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/verity-sig.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>

#include "formats/core/digest.h"
#include "formats/core/limits.h"
#include "formats/core/strbuf.h"

/* systemd wants 16 bytes at least: dissect-image.c, acquire_sig_for_roothash(). */
#define MIN_HASH_SIZE 16

static void drop_json(json_t **json)
{
	json_decref(*json);
}

/* NUL bytes fill the partition; anything behind the first is refused by systemd. */
static int find_end(const uint8_t *data, size_t size, size_t *ret, struct error *error)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t end = nul ? (size_t)(nul - data) : size;

	for (size_t i = end; i < size; i++)
		if (data[i] != 0)
			return error_bad(
				error, i,
				"byte 0x%02x follows the NUL byte at %zu, must be 0",
				data[i], end);
	*ret = end;
	return 0;
}

static int get_string(const json_t *object, const char *key, const char **ret,
		      struct error *error)
{
	const json_t *value = json_object_get(object, key);

	if (!value)
		return error_bad(error, ERROR_NO_OFFSET, "field '%s' is missing", key);
	if (!json_is_string(value))
		return error_bad(error, ERROR_NO_OFFSET, "field '%s' is not a string",
				 key);
	*ret = json_string_value(value);
	return 0;
}

static int read_hash(const char *hex, struct verity_signature *signature,
		     struct error *error)
{
	size_t size = strlen(hex) / 2;
	uint8_t *hash;

	if (size < MIN_HASH_SIZE || size > DIGEST_MAX_SIZE)
		return error_bad(error, ERROR_NO_OFFSET,
				 "rootHash has %zu digits, must have %d to %d",
				 strlen(hex), 2 * MIN_HASH_SIZE, 2 * DIGEST_MAX_SIZE);
	hash = malloc(size);
	if (!hash)
		return error_memory(error);
	signature->root_hash = hash;
	signature->root_hash_size = size;
	if (!hex_decode(hex, hash, size))
		return error_bad(error, ERROR_NO_OFFSET,
				 "rootHash is not hexadecimal: '%.64s'", hex);
	for (const char *c = hex; *c; c++)
		if (isupper((unsigned char)*c))
			signature->root_hash_upper_case = true;
	return 0;
}

/*
 * Base64 with its padding; white space between the characters is skipped, as systemd
 * does.
 */
static int read_base64(const char *text, struct verity_signature *signature,
		       struct error *error)
{
	_cleanup_free_ char *clean = malloc(strlen(text) + 1);
	size_t n = 0, padding = 0;
	int decoded;

	if (!clean)
		return error_memory(error);
	for (const char *c = text; *c; c++)
		if (!strchr(" \t\n\r", *c))
			clean[n++] = *c;
	clean[n] = 0;
	while (padding < 2 && padding < n && clean[n - padding - 1] == '=')
		padding++;
	if (n == 0 || n % 4 != 0 ||
	    strspn(clean,
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") !=
		    n - padding)
		return error_bad(error, ERROR_NO_OFFSET, "signature is not Base64");
	signature->pkcs7 = malloc(n / 4 * 3);
	if (!signature->pkcs7)
		return error_memory(error);
	decoded = EVP_DecodeBlock(signature->pkcs7, (const unsigned char *)clean, (int)n);
	if (decoded < 0)
		return error_bad(error, ERROR_NO_OFFSET, "signature is not Base64");
	signature->pkcs7_size = (size_t)decoded - padding;
	/* systemd's unbase64mem() refuses bits that are set behind the last byte. */
	for (size_t i = 0; i < padding; i++)
		if (signature->pkcs7[signature->pkcs7_size + i] != 0)
			return error_bad(
				error, ERROR_NO_OFFSET,
				"signature is not Base64: bits are set behind its "
				"last byte");
	return 0;
}

static int read_fields(const json_t *object, struct verity_signature *signature,
		       struct error *error)
{
	const char *hash = NULL, *base64 = NULL, *fingerprint = NULL;
	int r;

	if (!json_is_object(object))
		return error_bad(error, 0, "JSON is not an object");
	r = get_string(object, "rootHash", &hash, error);
	if (r == 0)
		r = read_hash(hash, signature, error);
	if (r == 0)
		r = get_string(object, "signature", &base64, error);
	if (r == 0)
		r = read_base64(base64, signature, error);
	if (r < 0)
		return r;
	if (get_string(object, "certificateFingerprint", &fingerprint, NULL) == 0)
		signature->has_fingerprint =
			hex_decode(fingerprint, signature->fingerprint,
				   sizeof(signature->fingerprint));
	return 0;
}

void verity_signature_prepare(void)
{
	json_object_seed(0);
}

int verity_signature_read(const struct source *source, struct verity_signature *ret,
			  struct error *error)
{
	_cleanup_(verity_signature_done) struct verity_signature signature = {0};
	_cleanup_(drop_json) json_t *json = NULL;
	_cleanup_free_ uint8_t *data = NULL;
	json_error_t why;
	size_t size, end = 0;
	int r;

	if (source_size(source) > LIMIT_VERITY_SIGNATURE)
		return error_bad(error, LIMIT_VERITY_SIGNATURE,
				 "signature partition has %" PRIu64
				 " bytes, at most %" PRIu64 " are allowed",
				 source_size(source), LIMIT_VERITY_SIGNATURE);
	r = source_read_all(source, LIMIT_VERITY_SIGNATURE, &data, &size, error);
	if (r == 0)
		r = find_end(data, size, &end, error);
	if (r < 0)
		return r;
	json = json_loadb((const char *)data, end, 0, &why);
	if (!json)
		return error_bad(error, (uint64_t)MAX(why.position, 0), "not JSON: %s",
				 why.text);
	r = read_fields(json, &signature, error);
	if (r < 0)
		return r;
	*ret = signature;
	signature = (struct verity_signature){0};
	return 0;
}

void verity_signature_done(struct verity_signature *signature)
{
	free(signature->root_hash);
	free(signature->pkcs7);
	*signature = (struct verity_signature){0};
}

static void add_hex(struct strbuf *text, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		strbuf_addf(text, "%02x", data[i]);
}

int verity_signature_format(const struct verity_signature *signature, char **ret,
			    struct error *error)
{
	_cleanup_free_ unsigned char *base64 = malloc(signature->pkcs7_size / 3 * 4 + 5);
	_cleanup_strbuf_ struct strbuf text = {0};

	if (!base64)
		return error_memory(error);
	(void)EVP_EncodeBlock(base64, signature->pkcs7, (int)signature->pkcs7_size);
	strbuf_add_string(&text, "{\"rootHash\":\"");
	add_hex(&text, signature->root_hash, signature->root_hash_size);
	if (signature->has_fingerprint) {
		strbuf_add_string(&text, "\",\"certificateFingerprint\":\"");
		add_hex(&text, signature->fingerprint, sizeof(signature->fingerprint));
	}
	strbuf_addf(&text, "\",\"signature\":\"%s\"}\n", (const char *)base64);
	*ret = strbuf_take(&text);
	return *ret ? 0 : error_memory(error);
}
