/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What pkcs7.c (reading) and pkcs7-sign.c (verifying, signing) share of libcrypto. */

#include <openssl/pkcs7.h>

#include "formats/pkcs7.h"

/* Borrowed. */
PKCS7 *pkcs7_native(const struct pkcs7 *pkcs7);
