/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Detached PKCS#7 signatures (RFC 2315) as dm-verity images carry them, over the root
 * hash in lower-case hexadecimal without a newline.
 *
 * What systemd accepts: shared/dissect-image.c, validate_signature_userspace() (257,
 * 262): PKCS7_verify() with NOINTERN and NOVERIFY, so the signer's own certificate must
 * be given; no chain, no expiry, no key usage. The kernel
 * (crypto/asymmetric_keys/pkcs7_verify.c) wants it detached.
 */

#include "formats/key.h"

struct pkcs7;

enum pkcs7_fault {
	PKCS7_FAULT_CONTENT = 1 << 0,    /* embedded content: the kernel refuses it */
	PKCS7_FAULT_ATTRIBUTES = 1 << 1, /* signed attributes */
	PKCS7_FAULT_TRAILING = 1 << 2,   /* bytes behind the structure */
};

struct pkcs7_signer {
	const char *issuer; /* RFC 2253 text */
	const char *serial; /* lower-case hexadecimal */
	const char *digest; /* "SHA256" */
};

/* -EBADMSG: not DER, not signedData, no signer. -EOPNOTSUPP: CMS that PKCS#7 cannot say.
 */
int pkcs7_parse(struct span der, struct pkcs7 **ret, struct error *error);
void pkcs7_free(struct pkcs7 *pkcs7);
DEFINE_CLEANUP(struct pkcs7 *, pkcs7_free);

unsigned pkcs7_faults(const struct pkcs7 *pkcs7);
size_t pkcs7_n_signers(const struct pkcs7 *pkcs7);
const struct pkcs7_signer *pkcs7_signer_at(const struct pkcs7 *pkcs7, size_t at);

/* Whether @certificate is named by a signer (issuer and serial). */
bool pkcs7_names(const struct pkcs7 *pkcs7, const struct certificate *certificate);

/*
 * 1 if @certificate's key signed @content, 0 if it did not (words in @error); with
 * systemd's own flags. -ENOMEM.
 */
int pkcs7_verify(const struct pkcs7 *pkcs7, struct span content,
		 const struct certificate *certificate, struct error *error);

/*
 * Signs detached, without attributes and without certificates, with SHA-256. @ret from
 * malloc(). RSA gives the same bytes each time; EC does not. -EINVAL if key and
 * certificate differ.
 */
int pkcs7_sign(struct span content, const struct private_key *key,
	       const struct certificate *certificate, uint8_t **ret, size_t *ret_size,
	       struct error *error);
