/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>

#include <openssl/err.h>

#include "formats/key-native.h"
#include "formats/pkcs7-native.h"

DEFINE_CLEANUP(PKCS7 *, PKCS7_free);

static void stack_freep(STACK_OF(X509) * *stack)
{
	sk_X509_free(*stack);
}

bool pkcs7_names(const struct pkcs7 *pkcs7, const struct certificate *certificate)
{
	STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(pkcs7_native(pkcs7));
	const X509 *native = certificate_native(certificate);

	for (int i = 0; i < sk_PKCS7_SIGNER_INFO_num(infos); i++) {
		const PKCS7_ISSUER_AND_SERIAL *id =
			sk_PKCS7_SIGNER_INFO_value(infos, i)->issuer_and_serial;

		if (X509_NAME_cmp(id->issuer, X509_get_issuer_name(native)) == 0 &&
		    ASN1_INTEGER_cmp(id->serial, X509_get0_serialNumber(native)) == 0)
			return true;
	}
	return false;
}

bool pkcs7_has_known_digests(const struct pkcs7 *pkcs7)
{
	_cleanup_(BIO_free_allp) BIO *in = BIO_new(BIO_s_mem());
	BIO *chain = in ? PKCS7_dataInit(pkcs7_native(pkcs7), in) : NULL;

	if (chain)
		in = chain; /* which ends in @in */
	return chain != NULL;
}

int pkcs7_verify(const struct pkcs7 *pkcs7, struct span content,
		 const struct certificate *certificate, struct error *error)
{
	_cleanup_(stack_freep) STACK_OF(X509) *stack = sk_X509_new_null();
	_cleanup_(BIO_free_allp) BIO *in = NULL;
	const char *reason;
	bool memory;

	if (content.size > INT_MAX)
		return error_set(error, -E2BIG, "content has %zu bytes", content.size);
	in = BIO_new_mem_buf(content.data, (int)content.size);
	if (!stack || !in || sk_X509_push(stack, certificate_native(certificate)) <= 0) {
		ERR_clear_error();
		return error_memory(error);
	}
	if (pkcs7_has_known_digests(pkcs7) &&
	    PKCS7_verify(pkcs7_native(pkcs7), stack, NULL, in, NULL,
			 PKCS7_NOINTERN | PKCS7_NOVERIFY) == 1) {
		ERR_clear_error();
		return 1;
	}
	reason = libcrypto_reason(&memory);
	if (memory)
		return error_memory(error);
	(void)error_set(error, -EBADMSG, "%s", reason);
	return 0;
}

static int encode(PKCS7 *native, uint8_t **ret, size_t *ret_size, struct error *error)
{
	uint8_t *der = NULL, *copy;
	int size = i2d_PKCS7(native, &der);

	ERR_clear_error();
	if (size <= 0)
		return error_memory(error);
	copy = malloc((size_t)size);
	if (copy)
		memcpy(copy, der, (size_t)size);
	OPENSSL_free(der);
	if (!copy)
		return error_memory(error);
	*ret = copy;
	*ret_size = (size_t)size;
	return 0;
}

int pkcs7_sign(struct span content, const struct private_key *key,
	       const struct certificate *certificate, uint8_t **ret, size_t *ret_size,
	       struct error *error)
{
	const int flags = PKCS7_DETACHED | PKCS7_BINARY | PKCS7_NOATTR | PKCS7_NOCERTS |
			  PKCS7_PARTIAL;
	_cleanup_(PKCS7_freep) PKCS7 *native = NULL;
	_cleanup_(BIO_free_allp) BIO *in = NULL;
	const char *reason;
	bool memory;

	if (!certificate_fits(certificate, key))
		return error_set(
			error, -EINVAL, "certificate '%s' is not for this key (%s)",
			certificate_subject(certificate), private_key_description(key));
	if (content.size > INT_MAX)
		return error_set(error, -E2BIG, "content has %zu bytes", content.size);
	in = BIO_new_mem_buf(content.data, (int)content.size);
	native = in ? PKCS7_sign(NULL, NULL, NULL, in, flags) : NULL;
	if (native &&
	    PKCS7_sign_add_signer(native, certificate_native(certificate),
				  private_key_native(key), EVP_sha256(), flags) &&
	    PKCS7_final(native, in, flags))
		return encode(native, ret, ret_size, error);
	reason = libcrypto_reason(&memory);
	if (memory)
		return error_memory(error);
	return error_set(error, -EOPNOTSUPP, "cannot sign with this key (%s): %s",
			 private_key_description(key), reason);
}
