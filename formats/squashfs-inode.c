/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "formats/core/cursor.h"
#include "formats/core/limits.h"
#include "formats/squashfs-image.h"

#define INODE_SIZE         16  /* bytes that all inodes begin with */
#define FILE_SIZE          16  /* bytes that follow in a file's inode */
#define FILE_EXT_SIZE      40  /* and in an extended one */
#define LINK_SIZE          8   /* in a symbolic link's, without the target */
#define DIR_EXT_SIZE       24  /* in an extended directory's, without the index */
#define INDEX_SIZE         12  /* of a record of the index, without the name */
#define NAME_SIZE          256 /* SQUASHFS_NAME_LEN of Linux */
#define MIN_METABLOCK_SIZE 3   /* bytes of the smallest metadata block with its header */
#define METABLOCK_SIZE     8192
#define NO_FRAGMENT        0xffffffffu

/*
 * libsquashfs allocates what an inode says before it looks whether the bytes are there,
 * so the sizes are looked at here first, as fs/squashfs/inode.c of Linux does for the
 * links.
 */

static int read_piece(struct squashfs_image *image, uint8_t *buffer, size_t size,
		      struct cursor *ret, struct error *error)
{
	int r = sqfs_meta_reader_read(image->inodes, buffer, size);

	if (r < 0)
		return squashfs_error(image, r, "inode table", error);
	*ret = cursor_make(span_make(buffer, size));
	return 0;
}

/* No table can unpack to more than the largest block for each of the smallest. */
static uint64_t unpacked_limit(const struct squashfs_image *image)
{
	const sqfs_super_t *super = &image->super;

	/* The superblock's order of tables was checked. */
	return ((super->directory_table_start - super->inode_table_start) /
			MIN_METABLOCK_SIZE +
		1) *
	       METABLOCK_SIZE;
}

static int check_file(struct squashfs_image *image, bool extended, struct error *error)
{
	uint8_t bytes[FILE_EXT_SIZE];
	struct cursor cursor = {0};
	uint64_t size, n_blocks;
	uint32_t fragment;
	int r;

	r = read_piece(image, bytes, extended ? FILE_EXT_SIZE : FILE_SIZE, &cursor,
		       error);
	if (r < 0)
		return r;
	cursor_skip(&cursor, extended ? 8 : 4);
	if (extended) {
		size = cursor_le64(&cursor);
		cursor_skip(&cursor, 12);
		fragment = cursor_le32(&cursor);
	} else {
		fragment = cursor_le32(&cursor);
		cursor_skip(&cursor, 4);
		size = cursor_le32(&cursor);
	}
	n_blocks = size / image->super.block_size;
	if (size % image->super.block_size != 0 && fragment == NO_FRAGMENT)
		n_blocks++;
	if (n_blocks > unpacked_limit(image) / sizeof(uint32_t))
		return error_set(error, -EBADMSG,
				 "a file of %" PRIu64 " bytes needs a list of %" PRIu64
				 " blocks, more than the inode table holds",
				 size, n_blocks);
	image->blocks_size += n_blocks * sizeof(uint32_t);
	if (image->blocks_size > LIMIT_IMAGE_BLOCK_LISTS)
		return error_set(error, -E2BIG,
				 "has more than %" PRIu64 " bytes of block lists",
				 LIMIT_IMAGE_BLOCK_LISTS);
	return 0;
}

static int check_link(struct squashfs_image *image, struct error *error)
{
	uint8_t bytes[LINK_SIZE];
	struct cursor cursor = {0};
	uint32_t size;
	int r;

	r = read_piece(image, bytes, sizeof(bytes), &cursor, error);
	if (r < 0)
		return r;
	cursor_skip(&cursor, 4);
	size = cursor_le32(&cursor);
	if (size == 0 || size > LIMIT_PATH_SIZE)
		return error_set(error, -EBADMSG,
				 "a symbolic link has a target of %" PRIu32
				 " bytes, must be between 1 and %d",
				 size, LIMIT_PATH_SIZE);
	return 0;
}

static int check_directory(struct squashfs_image *image, struct error *error)
{
	uint8_t bytes[NAME_SIZE];
	struct cursor cursor = {0};
	uint16_t n;
	int r;

	r = read_piece(image, bytes, DIR_EXT_SIZE, &cursor, error);
	if (r < 0)
		return r;
	cursor_skip(&cursor, 16);
	n = cursor_le16(&cursor);
	for (uint16_t i = 0; i < n; i++) {
		uint32_t size;

		r = read_piece(image, bytes, INDEX_SIZE, &cursor, error);
		if (r < 0)
			return r;
		cursor_skip(&cursor, 8);
		size = cursor_le32(&cursor);
		if (size >= NAME_SIZE)
			return error_set(error, -EBADMSG,
					 "a directory's index has a name of %" PRIu64
					 " bytes, at most %d are allowed",
					 (uint64_t)size + 1, NAME_SIZE);
		r = read_piece(image, bytes, (size_t)size + 1, &cursor, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_inode(struct squashfs_image *image, struct error *error)
{
	uint8_t bytes[INODE_SIZE];
	struct cursor cursor = {0};
	int r;

	r = read_piece(image, bytes, sizeof(bytes), &cursor, error);
	if (r < 0)
		return r;
	switch (cursor_le16(&cursor)) {
	case SQFS_INODE_FILE:
		return check_file(image, false, error);
	case SQFS_INODE_EXT_FILE:
		return check_file(image, true, error);
	case SQFS_INODE_SLINK:
	case SQFS_INODE_EXT_SLINK:
		return check_link(image, error);
	case SQFS_INODE_EXT_DIR:
		return check_directory(image, error);
	default:
		return 0;
	}
}

int squashfs_inode_read(struct squashfs_image *image, uint64_t reference,
			sqfs_inode_generic_t **ret, struct error *error)
{
	uint64_t block = reference >> 16;
	size_t offset = reference & 0xffff;
	int r;

	/* A reference has 48 bits, and the sum must not wrap around. */
	if (block > UINT32_MAX)
		return error_set(error, -EBADMSG,
				 "inode reference %" PRIx64 " is out of range",
				 reference);
	r = sqfs_meta_reader_seek(image->inodes, image->super.inode_table_start + block,
				  offset);
	if (r < 0)
		return squashfs_error(image, r, "inode table", error);
	r = check_inode(image, error);
	if (r < 0)
		return r;
	r = sqfs_meta_reader_read_inode(image->inodes, &image->super, block, offset, ret);
	return r < 0 ? squashfs_error(image, r, "inode table", error) : 0;
}
