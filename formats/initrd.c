/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/initrd.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/core/limits.h"

#define HEAD_SIZE  8 /* bytes that tell a member's kind */

/* What is read at once of a padding, which may be gigabytes. */
#define PIECE_SIZE MIB

static bool is_cpio(struct span head)
{
	return span_starts_with(head, "070701", 6) || span_starts_with(head, "070702", 6);
}

bool initrd_probe(const struct source *source)
{
	uint8_t bytes[HEAD_SIZE];
	struct span head =
		span_make(bytes, (size_t)MIN(source_size(source), sizeof(bytes)));

	if (source_read(source, 0, bytes, head.size, NULL) < 0)
		return false;
	return is_cpio(head) || compression_detect(head) != COMPRESSION_NONE;
}

/* The offset of the first byte from @at on that is not 0; the end if there is none. */
static int skip_zeros(const struct source *source, uint64_t at, uint64_t *ret,
		      struct error *error)
{
	_cleanup_free_ uint8_t *piece = NULL;
	uint8_t first;
	int r;

	/* Mostly there are none, or up to three. */
	*ret = at;
	if (at >= source_size(source))
		return 0;
	r = source_read(source, at, &first, 1, error);
	if (r < 0 || first != 0)
		return r;
	piece = malloc(PIECE_SIZE);
	if (!piece)
		return error_memory(error);
	while (at < source_size(source)) {
		size_t n = (size_t)MIN(source_size(source) - at, PIECE_SIZE), i = 0;

		r = source_read(source, at, piece, n, error);
		if (r < 0)
			return r;
		/* All zeros: the first is one, and each equals the one before it. */
		if (piece[0] != 0 || memcmp(piece, piece + 1, n - 1) != 0)
			while (piece[i] == 0)
				i++;
		else
			i = n;
		at += i;
		if (i < n)
			break;
	}
	*ret = at;
	return 0;
}

static int add_member(struct initrd *initrd, const struct initrd_member *member,
		      struct error *error)
{
	struct initrd_member *members;

	if (initrd->n_members >= LIMIT_INITRD_MEMBERS)
		return error_set(error, -E2BIG, "has more than %d members",
				 LIMIT_INITRD_MEMBERS);
	members = reallocarray(initrd->members, initrd->n_members + 1, sizeof(*members));
	if (!members)
		return error_memory(error);
	initrd->members = members;
	members[initrd->n_members++] = *member;
	return 0;
}

/* do_reset(), "broken padding": records start at multiples of 4, also behind zeros. */
static int check_start(uint64_t at, struct error *error)
{
	if (at % 4 == 0)
		return 0;
	return error_bad(
		error, at,
		"member starts at byte %" PRIu64 ", must start at a multiple of 4", at);
}

/*
 * flush_buffer(): archives follow each other inside a compressed member, zeros between
 * them.
 */
static int next_archive(struct decompressor *in, bool *ret_end, struct error *error)
{
	uint8_t byte;
	int r = decompressor_skip_zeros(in, error);

	if (r == 0)
		r = decompressor_peek(in, &byte, ret_end, error);
	if (r < 0 || *ret_end)
		return r;
	if (byte == '0')
		return check_start(decompressor_produced(in), error);
	return error_bad(
		error, decompressor_produced(in),
		"junk within compressed archive: byte 0x%02x, expected 0 or a cpio header",
		byte);
}

static int read_archives(struct decompressor *in, const struct entry_visitor *visitor,
			 struct initrd_member *member, struct error *error)
{
	bool end = false;
	int r;

	do {
		struct cpio_result result;

		r = cpio_read(in, visitor, &result, error);
		member->n_entries += result.n_entries;
		member->faults |= result.faults;
		if (r < 0)
			return r;
		if (member->compression == COMPRESSION_NONE)
			break;
		r = next_archive(in, &end, error);
	} while (r == 0 && !end);
	return r;
}

static bool follows_cpio(const struct initrd *before)
{
	size_t n = before->n_members;

	return n > 0 && before->members[n - 1].compression == COMPRESSION_NONE;
}

static uint64_t unpacked_size(const struct initrd *initrd)
{
	uint64_t size = 0;

	for (size_t i = 0; i < initrd->n_members; i++)
		size += initrd->members[i].unpacked_size;
	return size;
}

/* What is left of what all members together may unpack to. */
static uint64_t unpacked_limit(const struct source *source, const struct initrd *before)
{
	uint64_t limit = LIMIT_INITRD_UNPACKED, used = unpacked_size(before);

	if (source_size(source) < limit / LIMIT_UNPACK_RATIO)
		limit = MIN(limit, LIMIT_UNPACK_SMALL +
					   LIMIT_UNPACK_RATIO * source_size(source));
	return limit - MIN(limit, used);
}

static int read_member(struct source *source, uint64_t at, const struct initrd *before,
		       const struct entry_visitor *visitor, struct initrd_member *member,
		       struct error *error)
{
	_cleanup_(decompressor_freep) struct decompressor *in = NULL;
	uint8_t bytes[HEAD_SIZE];
	struct span head =
		span_make(bytes, (size_t)MIN(source_size(source) - at, sizeof(bytes)));
	int r;

	*member = (struct initrd_member){.offset = at};
	r = source_read(source, at, bytes, head.size, error);
	if (r < 0)
		return r;
	member->compression = compression_detect(head);
	if (member->compression == COMPRESSION_NONE && !is_cpio(head))
		return error_bad(
			error, at,
			"neither a cpio header nor a known compression: %02x%02x%02x%02x",
			bytes[0], head.size > 1 ? bytes[1] : 0,
			head.size > 2 ? bytes[2] : 0, head.size > 3 ? bytes[3] : 0);
	if (member->compression == COMPRESSION_NONE || follows_cpio(before)) {
		r = check_start(at, error);
		if (r < 0)
			return r;
	}
	r = decompressor_open(member->compression, source, at, &in, error);
	if (r < 0) {
		if (error && error->offset == ERROR_NO_OFFSET)
			error->offset = at;
		return r;
	}
	decompressor_limit(in, unpacked_limit(source, before));
	r = read_archives(in, visitor, member, error);
	member->size = decompressor_consumed(in);
	member->unpacked_size = decompressor_produced(in);
	if (r < 0 && member->compression == COMPRESSION_NONE)
		error_shift(error, at);
	return r;
}

static int read_members(struct source *source, const struct entry_visitor *visitor,
			struct initrd *initrd, struct error *error)
{
	uint64_t at = 0;

	for (;;) {
		struct initrd_member member;
		struct error why = ERROR_INIT;
		int r = skip_zeros(source, at, &at, error);

		if (r < 0 || at == source_size(source))
			return r;
		r = read_member(source, at, initrd, visitor, &member, &why);
		if (r == -EBADMSG && member.n_entries + initrd->n_members > 0) {
			/* The kernel reports it and boots with what it has. */
			initrd->faults |= INITRD_FAULT_TRAILING_GARBAGE;
			initrd->garbage_at = at;
			(void)snprintf(initrd->garbage, sizeof(initrd->garbage), "%.*s",
				       (int)sizeof(initrd->garbage) - 1, why.message);
			return member.n_entries > 0 ? add_member(initrd, &member, error)
						    : 0;
		}
		if (r < 0)
			return error_set_at(error, r, why.offset, "%s", why.message);
		r = add_member(initrd, &member, error);
		if (r < 0)
			return r;
		/* do_copy(): "bad data", which unpack_to_rootfs() sees behind a member.
		 */
		if (member.faults & CPIO_FAULT_CHECKSUM) {
			initrd->faults |= INITRD_FAULT_STOPPED;
			return 0;
		}
		at += member.size;
	}
}

int initrd_read(struct source *source, const struct entry_visitor *visitor,
		struct initrd *ret, struct error *error)
{
	struct initrd initrd = {0};
	int r = read_members(source, visitor, &initrd, error);

	if (r == 0 && initrd.n_members == 0)
		r = error_bad(error, 0, "holds no cpio archive, only zeros");
	if (r < 0) {
		initrd_done(&initrd);
		return r;
	}
	*ret = initrd;
	return 0;
}

void initrd_done(struct initrd *initrd)
{
	free(initrd->members);
	*initrd = (struct initrd){0};
}
