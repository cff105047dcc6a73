/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Digests (FIPS 180-4) through libcrypto, and their hexadecimal form. */

#include <stdbool.h>

#include "formats/core/source.h"

#define DIGEST_SHA256_SIZE 32 /* bytes */
#define DIGEST_MAX_SIZE    64 /* bytes; SHA-512 */

/* Has libcrypto read its configuration and load the providers that are named there. */
void digest_prepare(void);

/* A digest that is fed piece by piece. */
struct digest;

/*
 * @algorithm as libcrypto and dm-verity spell it: "sha256", "sha512", "sha1". -EOPNOTSUPP
 * for a name that libcrypto does not know or whose result is longer than DIGEST_MAX_SIZE.
 */
int digest_new(const char *algorithm, struct digest **ret, struct error *error);
void digest_free(struct digest *digest);
DEFINE_CLEANUP(struct digest *, digest_free);

/* In bytes. */
size_t digest_size(const struct digest *digest);

/* Starts anew, which also follows each digest_finish(). */
void digest_reset(struct digest *digest);
void digest_add(struct digest *digest, const void *data, size_t size);
/* Writes digest_size() bytes. */
void digest_finish(struct digest *digest, uint8_t *ret);

void digest_sha256(const void *data, size_t size, uint8_t ret[DIGEST_SHA256_SIZE]);

/* Of a whole source, read in pieces. Errors: those of source_read(). */
int digest_sha256_source(const struct source *source, uint8_t ret[DIGEST_SHA256_SIZE],
			 struct error *error);

/* Lower case, NUL-terminated: @ret has 2 * @size + 1 bytes. */
void hex_encode(const uint8_t *data, size_t size, char *ret);

/* Either case. False if @hex is not 2 * @size hexadecimal digits. */
bool hex_decode(const char *hex, uint8_t *ret, size_t size);
