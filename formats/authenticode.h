/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Authenticode: how PE images are signed for Secure Boot. The certificate table holds a
 * PKCS#7 whose content names the digest of the image; the firmware computes that digest
 * itself and starts the image only if one of its certificates signed it.
 *
 * Specification: Microsoft, Windows Authenticode Portable Executable Signature Format,
 * "Calculating the PE Image Hash" and SpcIndirectDataContent; UEFI 2.10 section 32.2.4;
 * what firmware digests: HashPeImage() of EDK II (DxeImageVerificationLib). Read: what a
 * signature says, who made it, and whether it is about this image. Not judged: whether a
 * machine trusts the signer; time stamps; chains of certificates; page hashes.
 */

#include "formats/core/arena.h"
#include "formats/core/digest.h"
#include "formats/pe.h"

struct authenticode_signer {
	const char *subject; /* RFC 2253 text; NULL: its certificate is not in there */
	const char *issuer, *serial; /* as pkcs7.h has them */
};

struct authenticode_signature {
	uint64_t offset;       /* of its header in the file */
	struct error error;    /* why it cannot be used; code 0 if it can */
	const char *algorithm; /* "SHA256": of the digest of the image */
	bool matches;          /* that digest is the image's */
	bool verified;         /* a certificate that is in there made this signature */
	struct authenticode_signer *signers;
	size_t n_signers;
};

struct authenticode {
	uint8_t digest[DIGEST_SHA256_SIZE]; /* of the image, SHA-256 */
	struct authenticode_signature *signatures;
	size_t n_signatures; /* 0: the image is not signed */
};

/*
 * The digest of the image that @pe was read from, with @algorithm (core/digest.h) into
 * @ret of DIGEST_MAX_SIZE bytes. -EBADMSG for headers or sections that reach over the end
 * of the file: the firmware refuses them, too; -EOPNOTSUPP for the algorithm.
 */
int authenticode_digest(const struct source *source, const struct pe *pe,
			const char *algorithm, uint8_t *ret, size_t *ret_size,
			struct error *error);

/*
 * All signatures of the image, in @arena. What is wrong with one is its own @error; what
 * is wrong with the table is in struct pe. Errors as authenticode_digest(); -ENOMEM.
 */
int authenticode_read(struct arena *arena, const struct source *source,
		      const struct pe *pe, struct authenticode *ret, struct error *error);
