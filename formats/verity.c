/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/verity.h"

#include <inttypes.h>

#include "formats/core/cursor.h"

#define SUPERBLOCK_SIZE 512 /* bytes */

static bool is_block_size(uint32_t size)
{
	return size >= 512 && size <= 64 * 1024 && (size & (size - 1)) == 0;
}

static int check_superblock(const struct verity_superblock *superblock,
			    struct error *error)
{
	if (superblock->version != 1)
		return error_set_at(error, -EOPNOTSUPP, 8,
				    "verity version is %u, must be 1",
				    superblock->version);
	if (superblock->hash_type != 1)
		return error_set_at(error, -EOPNOTSUPP, 12,
				    "verity hash type is %u, must be 1",
				    superblock->hash_type);
	if (!is_block_size(superblock->data_block_size))
		return error_bad(
			error, 64,
			"data block size is %u, must be a power of 2 from 512 to 65536",
			superblock->data_block_size);
	if (!is_block_size(superblock->hash_block_size))
		return error_bad(
			error, 68,
			"hash block size is %u, must be a power of 2 from 512 to 65536",
			superblock->hash_block_size);
	if (superblock->n_data_blocks == 0 ||
	    superblock->n_data_blocks > UINT64_MAX / superblock->data_block_size)
		return error_bad(error, 72,
				 "%" PRIu64 " data blocks, must be 1 to %" PRIu64,
				 superblock->n_data_blocks,
				 UINT64_MAX / superblock->data_block_size);
	if (superblock->salt_size > VERITY_MAX_SALT_SIZE)
		return error_bad(error, 80, "salt has %u bytes, at most %d are allowed",
				 superblock->salt_size, VERITY_MAX_SALT_SIZE);
	return 0;
}

int verity_read_superblock(const struct source *hash, struct verity_superblock *ret,
			   struct error *error)
{
	struct verity_superblock superblock = {0};
	uint8_t bytes[SUPERBLOCK_SIZE];
	struct cursor cursor = cursor_make(span_make(bytes, sizeof(bytes)));
	int r = source_read(hash, 0, bytes, sizeof(bytes), error);

	if (r < 0)
		return error_wrap(error, r, "verity superblock");
	if (memcmp(bytes, "verity\0\0", 8) != 0)
		return error_bad(error, 0, "no verity superblock, expected 'verity'");
	cursor_skip(&cursor, 8);
	superblock.version = cursor_le32(&cursor);
	superblock.hash_type = cursor_le32(&cursor);
	cursor_copy(&cursor, superblock.uuid.bytes, sizeof(superblock.uuid.bytes));
	cursor_copy(&cursor, superblock.algorithm, 32);
	superblock.data_block_size = cursor_le32(&cursor);
	superblock.hash_block_size = cursor_le32(&cursor);
	superblock.n_data_blocks = cursor_le64(&cursor);
	superblock.salt_size = cursor_le16(&cursor);
	cursor_skip(&cursor, 6);
	cursor_copy(&cursor, superblock.salt, sizeof(superblock.salt));
	r = check_superblock(&superblock, error);
	if (r < 0)
		return r;
	*ret = superblock;
	return 0;
}
