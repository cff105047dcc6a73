/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Private keys and X.509 certificates in PEM (RFC 7468) or DER, through libcrypto.
 *
 * Certificates are read as systemd reads files of verity.d: shared/dissect-image.c,
 * validate_signature_userspace() (257, 262): PEM_read_X509(), so PEM only and the first
 * certificate of the file; other PEM blocks in front of it are passed over. DER is read
 * for the sake of the words, and marked. Keys: RFC 5958 (PKCS#8), RFC 8017 (RSA), RFC
 * 5915 (EC), unencrypted. Not read: PKCS#12, OpenSSH's own form, encrypted keys (nothing
 * here ever asks for a passphrase). The permissions of key files are not looked at.
 */

#include "formats/core/digest.h"
#include "formats/core/span.h"

struct private_key;
struct certificate;

/*
 * From a file of at most LIMIT_KEY bytes; a certificate beside the key is passed over.
 * @ret is the caller's to free. -EBADMSG, with the offset of the block to blame, if it
 * holds no private key or a broken one; -EOPNOTSUPP if the key is encrypted, in OpenSSH's
 * own form or of a type that cannot sign a PKCS#7 (Ed25519, RSA-PSS, ...); -E2BIG; errors
 * of source_open_file().
 */
int private_key_open(const char *path, struct private_key **ret, struct error *error);

/* The same from memory, without the errors of opening. */
int private_key_parse(struct span bytes, struct private_key **ret, struct error *error);
void private_key_free(struct private_key *key);
DEFINE_CLEANUP(struct private_key *, private_key_free);

/* "RSA 2048 bits", "EC prime256v1"; borrowed. */
const char *private_key_description(const struct private_key *key);

enum certificate_fault {
	/* not PEM: systemd does not read it */
	CERTIFICATE_FAULT_DER = 1 << 0,
	/* more behind the first: systemd reads the first only */
	CERTIFICATE_FAULT_SEVERAL = 1 << 1,
	/* says that it is a CA's: it does not help unless it signed directly */
	CERTIFICATE_FAULT_CA = 1 << 2,
};

/*
 * The first certificate of a source of at most LIMIT_KEY bytes; facts about it in
 * @ret_faults, both written on success only. @ret is the caller's to free. -EBADMSG, with
 * the offset of the block to blame, if it holds none, or something else, or if its first
 * cannot be decoded (then systemd does not look for another); -E2BIG; errors of
 * source_read().
 */
int certificate_read(const struct source *source, struct certificate **ret,
		     unsigned *ret_faults, struct error *error);
void certificate_free(struct certificate *certificate);
DEFINE_CLEANUP(struct certificate *, certificate_free);

/* Its DER form, from malloc(). -ENOMEM. */
int certificate_encode(const struct certificate *certificate, uint8_t **ret,
		       size_t *ret_size, struct error *error);

/* RFC 2253 text, escaped: "CN=Example"; "" for an empty name; borrowed. */
const char *certificate_subject(const struct certificate *certificate);
const char *certificate_issuer(const struct certificate *certificate);
/* Lower-case hexadecimal, an even number of digits; borrowed. */
const char *certificate_serial(const struct certificate *certificate);
/* SHA-256 of the DER form; DIGEST_SHA256_SIZE bytes, borrowed. */
const uint8_t *certificate_fingerprint(const struct certificate *certificate);
/*
 * Seconds since 1970; INT64_MIN for one whose text is no time. systemd does not look at
 * them.
 */
void certificate_validity(const struct certificate *certificate, int64_t *ret_from,
			  int64_t *ret_until);

/* Whether the certificate is for the public half of @key. */
bool certificate_fits(const struct certificate *certificate,
		      const struct private_key *key);
