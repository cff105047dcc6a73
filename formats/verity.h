/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * dm-verity hash trees: the superblock, the check of all data (parallel, naming each bad
 * block), and writing through libcryptsetup.
 *
 * Specification: Documentation/admin-guide/device-mapper/verity.rst of Linux;
 * cryptsetup's DMVerity.md for the superblock. Read: version 1, hash type 1, block sizes
 * 512 to 64 KiB, any digest of libcrypto. Hash type 0 (the Chrome OS form): -EOPNOTSUPP.
 */

#include "formats/core/digest.h"
#include "formats/partition-type.h"

#define VERITY_MAX_SALT_SIZE 256 /* bytes */

struct verity_superblock {
	uint32_t version;   /* 1 */
	uint32_t hash_type; /* 1 */
	struct uuid uuid;
	char algorithm[33];
	uint32_t data_block_size; /* bytes */
	uint32_t hash_block_size; /* bytes */
	uint64_t n_data_blocks;
	uint16_t salt_size; /* bytes */
	uint8_t salt[VERITY_MAX_SALT_SIZE];
};

/* Reads the superblock at the start of @hash. -EBADMSG with the offset of the field. */
int verity_read_superblock(const struct source *hash, struct verity_superblock *ret,
			   struct error *error);

struct verity_report {
	uint8_t root_hash[DIGEST_MAX_SIZE]; /* what the tree on disk amounts to */
	size_t root_hash_size;              /* bytes */
	uint64_t tree_size; /* bytes that superblock and tree take of @hash */

	/*
	 * Data blocks whose digest is not the one in the tree, ascending, at most
	 * max_bad.
	 */
	uint64_t *bad_blocks; /* from malloc() */
	size_t n_bad_blocks;  /* listed */
	uint64_t n_bad_total;

	/*
	 * Hash blocks whose digest is not the one in the level above, as byte offsets in
	 * @hash.
	 */
	uint64_t *bad_hash_offsets; /* from malloc() */
	size_t n_bad_hashes;
};

/*
 * Checks data and tree against each other, with as many threads as there are processors
 * but at most @max_threads (0: no other bound). The caller compares root_hash with the
 * one it trusts. -EBADMSG if the data or the tree is shorter than the superblock says.
 */
int verity_check(const struct source *data, const struct source *hash,
		 const struct verity_superblock *superblock, unsigned max_threads,
		 struct verity_report *ret, struct error *error);
void verity_report_done(struct verity_report *report);

/*
 * Writes superblock and tree for the @data_size bytes (a multiple of 4096) at @data_path
 * to
 * @hash_path, an existing empty file, through libcryptsetup: SHA-256, blocks of 4096
 * bytes, hash type 1. @ret_root_hash has 32 bytes. Errors: libcryptsetup's errno.
 */
int verity_write(const char *data_path, uint64_t data_size, const char *hash_path,
		 const struct uuid *uuid, const uint8_t *salt, size_t salt_size,
		 uint8_t *ret_root_hash, struct error *error);
