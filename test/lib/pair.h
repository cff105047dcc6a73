/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Data and its dm-verity tree, for tests. The tree is built here, apart from
 * formats/verity and from libcryptsetup, with any digest, sizes of blocks and salt.
 */

#include "formats/verity.h"
#include "test/lib/test.h"

struct pair {
	struct verity_superblock superblock;
	size_t digest_size, slot_size; /* bytes */
	uint8_t *data, *hash;
	size_t data_size, hash_size; /* bytes; less than there are to cut them */
	uint8_t root[DIGEST_MAX_SIZE];
	size_t level0; /* where the level over the data starts, bytes */
};

/* @n data blocks; the salt is @salt_size times 0x5a, the UUID 16 times 0x17. */
struct pair pair_make(const char *algorithm, uint32_t data_block_size,
		      uint32_t hash_block_size, size_t n, uint16_t salt_size);
void pair_done(struct pair *pair);

/* Superblock and verity_check(). pair_check_good() fails the test if it fails. */
int pair_check(const struct pair *pair, unsigned max_threads,
	       struct verity_report *report, struct error *error);
struct verity_report pair_check_good(const struct pair *pair);
/* That nothing is bad and the root hash is the one that was made here. */
void pair_assert_clean(const struct pair *pair);
