/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What pkcs7.c (reading), pkcs7-sign.c (verifying, signing) and authenticode.c share. */

#include <openssl/pkcs7.h>

#include "formats/pkcs7.h"

/*
 * Whether libcrypto knows the digests that the signature names. PKCS7_verify() would find
 * out by the same call, but loses the memory of its BIO then (OpenSSL 3.0).
 */
bool pkcs7_has_known_digests(const struct pkcs7 *pkcs7);

/* Borrowed. */
PKCS7 *pkcs7_native(const struct pkcs7 *pkcs7);
