/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The partition table around data, hash tree and signature, with types, labels, UUIDs and
 * flags as systemd-repart gives them (repart/repart.c, 257, 262).
 */

#include <fcntl.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/gpt.h"
#include "sysext-build/stages.h"

#define PIECE_SIZE (1 * MIB)

enum { DATA, HASH, SIGNATURE, N_PARTITIONS };

static const enum partition_role roles[N_PARTITIONS] = {
	PARTITION_ROOT, PARTITION_ROOT_VERITY, PARTITION_ROOT_VERITY_SIGNATURE};

static int plan_partitions(const char *architecture, const struct hash_tree *tree,
			   struct gpt_plan_partition plan[N_PARTITIONS],
			   struct error *error)
{
	for (size_t i = 0; i < N_PARTITIONS; i++) {
		const struct partition_type *type =
			partition_type_for(roles[i], architecture);

		if (!type)
			return error_set(error, -EOPNOTSUPP,
					 "architecture '%s' has no partition type",
					 architecture);
		plan[i].type = type->uuid;
		plan[i].label = type->name;
		plan[i].attributes = GPT_ATTRIBUTE_READ_ONLY;
	}
	/* systemd finds data and hashes of a root hash by these two. */
	memcpy(plan[DATA].uuid.bytes, tree->root_hash, sizeof(plan[DATA].uuid.bytes));
	memcpy(plan[HASH].uuid.bytes,
	       tree->root_hash + ROOT_HASH_SIZE - sizeof(plan[HASH].uuid.bytes),
	       sizeof(plan[HASH].uuid.bytes));
	plan[SIGNATURE].uuid = uuid_derive("sysext-build signature partition",
					   tree->root_hash, ROOT_HASH_SIZE);
	return 0;
}

/* From the end, so that nothing is overwritten before it is read. */
static int move_bytes(struct sink *sink, uint64_t size, uint64_t by, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_free_ uint8_t *piece = malloc(PIECE_SIZE);
	int r;

	if (!piece)
		return error_memory(error);
	r = sink_source(sink, &source, error);
	while (r == 0 && size > 0) {
		size_t n = (size_t)MIN(size, PIECE_SIZE);

		size -= n;
		r = source_read(source, size, piece, n, error);
		if (r == 0)
			r = sink_write(sink, size + by, piece, n, error);
	}
	return r;
}

/*
 * Makes room for the table before the data, which were compressed and hashed at offset 0
 * because libcryptsetup hashes files from their start only. ext4 and XFS shift their
 * extents; elsewhere the bytes are moved inside the file.
 */
static int make_room(struct sink *sink, uint64_t size, uint64_t by, struct error *error)
{
	if (fallocate(sink_fd(sink), FALLOC_FL_INSERT_RANGE, 0, (off_t)by) == 0)
		return 0;
	return move_bytes(sink, size, by, error);
}

static int write_tree(struct sink *sink, uint64_t offset, const struct hash_tree *tree,
		      struct error *error)
{
	_cleanup_free_ uint8_t *piece = malloc(PIECE_SIZE);
	uint64_t at = 0;

	if (!piece)
		return error_memory(error);
	while (at < tree->size) {
		size_t size = (size_t)MIN(tree->size - at, PIECE_SIZE);
		ssize_t n = pread(tree->fd, piece, size, (off_t)at);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_set(error, n < 0 ? -errno : -EIO,
					 "cannot read the hash tree");
		r = sink_write(sink, offset + at, piece, (size_t)n, error);
		if (r < 0)
			return r;
		at += (uint64_t)n;
	}
	return 0;
}

static int write_tables(struct sink *sink, const struct hash_tree *tree,
			const struct gpt_plan_partition plan[N_PARTITIONS],
			uint64_t image_size, struct error *error)
{
	_cleanup_free_ uint8_t *head = NULL, *tail = NULL;
	struct uuid disk =
		uuid_derive("sysext-build disk", tree->root_hash, ROOT_HASH_SIZE);
	size_t head_size, tail_size;
	int r;

	r = gpt_render(&disk, plan, N_PARTITIONS, &head, &head_size, &tail, &tail_size,
		       error);
	if (r == 0)
		r = sink_write(sink, 0, head, head_size, error);
	return r < 0 ? r
		     : sink_write(sink, image_size - tail_size, tail, tail_size, error);
}

int assemble(struct sink *sink, const char *architecture, uint64_t data_size,
	     const struct hash_tree *tree, const uint8_t *signature,
	     size_t signature_size, struct error *error)
{
	struct gpt_plan_partition plan[N_PARTITIONS] = {0};
	uint64_t image_size;
	int r;

	r = plan_partitions(architecture, tree, plan, error);
	if (r < 0)
		return r;
	plan[DATA].size = data_size;
	plan[HASH].size = tree->size;
	plan[SIGNATURE].size = signature_size;
	image_size = gpt_layout(plan, N_PARTITIONS);
	r = make_room(sink, data_size, plan[DATA].offset, error);
	if (r == 0)
		r = sink_truncate(sink, image_size, error);
	if (r == 0)
		r = write_tables(sink, tree, plan, image_size, error);
	if (r == 0)
		r = write_tree(sink, plan[HASH].offset, tree, error);
	return r < 0 ? r
		     : sink_write(sink, plan[SIGNATURE].offset, signature, signature_size,
				  error);
}
