/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What key.c, certificate.c and the pkcs7 files share of libcrypto. libcrypto reports
 * failures in a queue that belongs to the thread: whoever calls it empties that queue
 * before it returns, or a later failure would be told with these words.
 */

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "formats/key.h"

DEFINE_CLEANUP(BIO *, BIO_free_all);

/* Borrowed. */
EVP_PKEY *private_key_native(const struct private_key *key);
X509 *certificate_native(const struct certificate *certificate);

/* "RSA 2048 bits", "EC prime256v1", "ED25519" */
void public_key_describe(const EVP_PKEY *key, char *buffer, size_t size);

/*
 * RFC 2253 text with control characters and bytes over 127 escaped; malloc(); NULL:
 * memory.
 */
char *name_to_text(const X509_NAME *name);

/* Lower-case hexadecimal, an even number of digits, "-" before a negative one; malloc().
 */
char *serial_to_text(const ASN1_INTEGER *serial);

/*
 * Called by libcrypto for the passphrase of encrypted PEM: sets the bool at @asked and
 * gives none. Without a callback libcrypto would open the terminal and ask there.
 */
int passphrase_refuse(char *buffer, int size, int writing, void *asked);

/*
 * Empties the queue and says why libcrypto failed, in static words. @ret_memory, which
 * may be NULL, says whether it was for want of memory.
 */
const char *libcrypto_reason(bool *ret_memory);

struct pem_block {
	size_t at;      /* offset of "-----BEGIN ", bytes */
	char label[40]; /* what follows it, as far as printable; cut */
};

/* The first PEM block at or behind @from; false if there is none. */
bool pem_find(struct span bytes, size_t from, struct pem_block *ret);

/*
 * What a file holds, for "holds %s, expected ...": "a certificate", "nothing", "neither
 * PEM nor DER". Goes by the first label or by trying the decoders; static words.
 */
const char *key_file_describe(struct span bytes);
