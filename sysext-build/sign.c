/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/pkcs7.h"
#include "formats/verity-sig.h"
#include "sysext-build/stages.h"

/* The size of the partition that systemd-repart makes. */
#define PARTITION_SIZE 16384

/* Some keys fit their certificate and cannot sign all the same (Ed25519 in a PKCS#7). */
static int try_signature(const struct signer *signer, struct error *error)
{
	_cleanup_free_ uint8_t *signature = NULL;
	size_t size;

	return pkcs7_sign(span_string("trial"), signer->key, signer->certificate,
			  &signature, &size, error);
}

static int open_pair(const char *key_path, const char *certificate_path,
		     struct signer *signer, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	unsigned faults;
	int r;

	r = private_key_open(key_path, &signer->key, error);
	if (r < 0)
		return error_wrap(error, r, "private key '%s'", key_path);
	r = source_open_file(certificate_path, &source, error);
	if (r == 0)
		r = certificate_read(source, &signer->certificate, &faults, error);
	if (r < 0)
		return error_wrap(error, r, "certificate '%s'", certificate_path);
	if (!certificate_fits(signer->certificate, signer->key))
		return error_set(
			error, -EINVAL,
			"private key '%s' (%s) does not belong to certificate '%s' "
			"(%s)",
			key_path, private_key_description(signer->key), certificate_path,
			certificate_subject(signer->certificate));
	r = try_signature(signer, error);
	if (r < 0)
		return error_wrap(error, r, "private key '%s'", key_path);
	return 0;
}

int signer_open(const char *key_path, const char *certificate_path, struct signer *ret,
		struct error *error)
{
	_cleanup_(signer_done) struct signer signer = {0};
	int r;

	r = open_pair(key_path, certificate_path, &signer, error);
	if (r < 0)
		return r;
	*ret = signer;
	signer = (struct signer){0};
	return 0;
}

void signer_done(struct signer *signer)
{
	private_key_free(signer->key);
	certificate_free(signer->certificate);
	*signer = (struct signer){0};
}

/* JSON text, then NUL bytes to the end. */
static int pad_text(const char *text, uint8_t **ret, size_t *ret_size,
		    struct error *error)
{
	size_t size = PARTITION_SIZE, used = strlen(text);
	uint8_t *bytes;

	while (size < used)
		size += 4096;
	bytes = calloc(1, size);
	if (!bytes)
		return error_memory(error);
	memcpy(bytes, text, used);
	*ret = bytes;
	*ret_size = size;
	return 0;
}

int sign_root_hash(const struct signer *signer, const uint8_t root_hash[ROOT_HASH_SIZE],
		   uint8_t **ret, size_t *ret_size, struct error *error)
{
	_cleanup_free_ uint8_t *der = NULL;
	_cleanup_free_ char *text = NULL;
	char hex[2 * ROOT_HASH_SIZE + 1];
	uint8_t copy[ROOT_HASH_SIZE];
	struct verity_signature signature = {.root_hash = copy,
					     .root_hash_size = sizeof(copy),
					     .has_fingerprint = true};
	int r;

	memcpy(copy, root_hash, sizeof(copy));
	hex_encode(root_hash, ROOT_HASH_SIZE, hex);
	r = pkcs7_sign(span_string(hex), signer->key, signer->certificate, &der,
		       &signature.pkcs7_size, error);
	if (r < 0)
		return error_wrap(error, r, "cannot sign the root hash");
	signature.pkcs7 = der;
	memcpy(signature.fingerprint, certificate_fingerprint(signer->certificate),
	       sizeof(signature.fingerprint));
	r = verity_signature_format(&signature, &text, error);
	return r < 0 ? r : pad_text(text, ret, ret_size, error);
}
