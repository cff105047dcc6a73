/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What key.c and pkcs7.c share of libcrypto, which no other file here includes for keys and
 * signatures. libcrypto reports failures in a queue that belongs to the thread: whoever calls it
 * empties that queue before it returns, or a later failure would be told with these words.
 */

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "formats/key.h"

/* Borrowed. */
EVP_PKEY *private_key_native(const struct private_key *key);
X509 *certificate_native(const struct certificate *certificate);

/* RFC 2253 text with control characters and bytes over 127 escaped; malloc(); NULL: memory. */
char *name_to_text(const X509_NAME *name);

/* Lower-case hexadecimal with an even number of digits, "-" in front of a negative one; malloc(). */
char *serial_to_text(const ASN1_INTEGER *serial);

/* Asked for by libcrypto for encrypted PEM: notes that it was and gives none, so nothing prompts. */
int refuse_passphrase(char *buffer, int size, int writing, void *asked);

/*
 * Empties the queue and says why libcrypto failed, in static words. @ret_memory, which may be
 * NULL, says whether it was for want of memory.
 */
const char *libcrypto_reason(bool *ret_memory);
