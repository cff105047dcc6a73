/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The JSON object in a verity signature partition.
 *
 * Specification: UAPI group, Discoverable Partitions Specification, "Verity signature";
 * what systemd takes: shared/dissect-image.c, acquire_sig_for_roothash() (257, 262).
 */

#include "formats/core/source.h"

struct verity_signature {
	uint8_t *root_hash; /* bytes, from the hexadecimal "rootHash" */
	size_t root_hash_size;
	bool root_hash_upper_case; /* written with A-F: the signed text is always lower
				      case */
	uint8_t *pkcs7;            /* DER, from the Base64 "signature" */
	size_t pkcs7_size;
	bool has_fingerprint;
	uint8_t fingerprint[32]; /* SHA-256 of the certificate in DER; nobody checks it */
};

/* Has jansson seed its hash tables, for which it opens /dev/urandom. */
void verity_signature_prepare(void);

/*
 * -EBADMSG, with the offset where there is one, for everything that makes systemd refuse
 * the partition: over 4 MiB, not JSON, a missing or malformed field, data behind the
 * first NUL.
 */
int verity_signature_read(const struct source *source, struct verity_signature *ret,
			  struct error *error);
void verity_signature_done(struct verity_signature *signature);

/*
 * The object as text, from malloc(): keys in the order rootHash, certificateFingerprint,
 * signature, on one line, as systemd-repart writes it. -ENOMEM.
 */
int verity_signature_format(const struct verity_signature *signature, char **ret,
			    struct error *error);
