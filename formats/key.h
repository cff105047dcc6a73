/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Private keys and X.509 certificates in PEM (RFC 7468) or DER, through libcrypto.
 */

#include "formats/core/digest.h"

struct private_key;
struct certificate;

/* From a file. -EBADMSG if it holds none; -EOPNOTSUPP if it is encrypted or its type cannot sign a PKCS#7. */
int private_key_open(const char *path, struct private_key **ret, struct error *error);
void private_key_free(struct private_key *key);
DEFINE_CLEANUP(struct private_key *, private_key_free);

/* "RSA 2048 bits", "EC prime256v1" */
const char *private_key_description(const struct private_key *key);

enum certificate_fault {
	CERTIFICATE_FAULT_DER = 1 << 0, /* not PEM: systemd does not read it */
	CERTIFICATE_FAULT_SEVERAL =
		1 << 1, /* more behind the first: systemd reads the first only */
	CERTIFICATE_FAULT_CA =
		1 << 2, /* a CA's: it does not help unless it signed directly */
};

/* The first certificate of a file. -EBADMSG if it holds none. Facts about it in @ret_faults. */
int certificate_read(const struct source *source, struct certificate **ret,
		     unsigned *ret_faults, struct error *error);
void certificate_free(struct certificate *certificate);
DEFINE_CLEANUP(struct certificate *, certificate_free);

/* RFC 2253 text, escaped: "CN=Example"; borrowed. */
const char *certificate_subject(const struct certificate *certificate);
const char *certificate_issuer(const struct certificate *certificate);
/* Lower-case hexadecimal; borrowed. */
const char *certificate_serial(const struct certificate *certificate);
/* SHA-256 of the DER form. */
const uint8_t *certificate_fingerprint(const struct certificate *certificate);
/* Seconds since 1970. */
void certificate_validity(const struct certificate *certificate, int64_t *ret_from,
			  int64_t *ret_until);

/* Whether the certificate is for the public half of @key. */
bool certificate_fits(const struct certificate *certificate,
		      const struct private_key *key);
