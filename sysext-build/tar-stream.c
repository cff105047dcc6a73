/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-build/tar-stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "formats/core/limits.h"

#define PIECE_SIZE (256 * KIB)

struct stream {
	int fd;
	int code; /* negative errno of the first write that failed */
	struct archive *archive;
	struct arena *arena;
	struct map *links; /* "inode" -> first node */
	uint8_t *piece;
	struct error *error;
};

static void free_archive(struct archive **archive)
{
	if (*archive)
		(void)archive_write_free(*archive);
}

static void free_entry(struct archive_entry **entry)
{
	if (*entry)
		archive_entry_free(*entry);
}

static la_ssize_t write_out(struct archive *archive, void *context, const void *data,
			    size_t size)
{
	struct stream *stream = context;
	const uint8_t *from = data;
	size_t left = size;

	while (left > 0) {
		ssize_t n = write(stream->fd, from, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			stream->code = -errno;
			archive_set_error(archive, errno, "cannot write: %s",
					  strerror(errno));
			return -1;
		}
		from += n;
		left -= (size_t)n;
	}
	return (la_ssize_t)size;
}

/* Names are bytes to the kernel: they are written as they are, whatever the locale. */
static int open_archive(struct stream *stream)
{
	struct archive *archive = stream->archive;

	if (archive_write_set_format_pax(archive) != ARCHIVE_OK ||
	    archive_write_set_options(archive, "hdrcharset=BINARY,xattrheader=SCHILY") !=
		    ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(archive, (int)PIECE_SIZE) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open(archive, stream, NULL, write_out, NULL) != ARCHIVE_OK)
		return error_set(stream->error, stream->code < 0 ? stream->code : -EIO,
				 "cannot make a tar stream: %s",
				 archive_error_string(archive));
	return 0;
}

static int stream_failed(struct stream *stream, const struct node *node)
{
	return error_set(stream->error, stream->code < 0 ? stream->code : -EIO,
			 "cannot pass '%s' to mksquashfs: %s", node->entry.path,
			 archive_error_string(stream->archive));
}

static unsigned file_type(enum entry_type type)
{
	switch (type) {
	case ENTRY_DIRECTORY:
		return AE_IFDIR;
	case ENTRY_SYMLINK:
		return AE_IFLNK;
	case ENTRY_CHARACTER_DEVICE:
		return AE_IFCHR;
	case ENTRY_BLOCK_DEVICE:
		return AE_IFBLK;
	case ENTRY_FIFO:
		return AE_IFIFO;
	case ENTRY_SOCKET:
		return AE_IFSOCK;
	default:
		return AE_IFREG;
	}
}

/*
 * The first file that @node is a hard link to, or NULL. Inodes of two file systems may be equal by
 * chance, so the contents are compared as well.
 */
static int find_link(struct stream *stream, const struct node *node,
		     const struct node **ret)
{
	uint8_t first_digest[DIGEST_SHA256_SIZE], digest[DIGEST_SHA256_SIZE];
	const struct node *first;
	const char *key;
	int r;

	*ret = NULL;
	if (node->entry.type != ENTRY_FILE || node->entry.inode == 0 ||
	    node->entry.size == 0)
		return 0;
	key = arena_printf(stream->arena, "%llu/%llu/%o",
			   (unsigned long long)node->entry.inode,
			   (unsigned long long)node->entry.size, node->entry.mode);
	if (!key)
		return error_memory(stream->error);
	first = map_get(stream->links, key);
	if (!first)
		return map_set(stream->links, key, (void *)node) < 0
			       ? error_memory(stream->error)
			       : 0;
	r = digest_sha256_source(first->entry.content, first_digest, stream->error);
	if (r == 0)
		r = digest_sha256_source(node->entry.content, digest, stream->error);
	if (r < 0)
		return error_wrap(stream->error, r, "cannot read '%s'", node->entry.path);
	if (memcmp(first_digest, digest, sizeof(digest)) == 0)
		*ret = first;
	return 0;
}

static void fill_header(struct archive_entry *header, const struct entry *entry,
			const struct node *link)
{
	archive_entry_set_pathname(header, entry->path);
	archive_entry_set_filetype(header, file_type(entry->type));
	archive_entry_set_perm(header, entry->mode);
	archive_entry_set_uid(header, entry->uid);
	archive_entry_set_gid(header, entry->gid);
	archive_entry_set_mtime(header, entry->mtime, 0);
	archive_entry_set_size(header, 0);
	if (entry->type == ENTRY_SYMLINK)
		archive_entry_set_symlink(header, entry->target);
	if (entry->type == ENTRY_CHARACTER_DEVICE || entry->type == ENTRY_BLOCK_DEVICE) {
		archive_entry_set_rdevmajor(header, entry->device_major);
		archive_entry_set_rdevminor(header, entry->device_minor);
	}
	if (link) {
		archive_entry_set_hardlink(header, link->entry.path);
		return;
	}
	if (entry->type == ENTRY_FILE)
		archive_entry_set_size(header, (la_int64_t)entry->size);
	for (size_t i = 0; i < entry->n_xattrs; i++)
		archive_entry_xattr_add_entry(header, entry->xattrs[i].name,
					      entry->xattrs[i].value.data,
					      entry->xattrs[i].value.size);
}

static int write_content(struct stream *stream, const struct node *node)
{
	uint64_t offset = 0;

	while (offset < node->entry.size) {
		size_t size = (size_t)MIN(node->entry.size - offset, PIECE_SIZE);
		int r = source_read(node->entry.content, offset, stream->piece, size,
				    stream->error);

		if (r < 0)
			return error_wrap(stream->error, r, "cannot read '%s'",
					  node->entry.path);
		if (archive_write_data(stream->archive, stream->piece, size) !=
		    (la_ssize_t)size)
			return stream_failed(stream, node);
		offset += size;
	}
	return 0;
}

static int write_node(struct stream *stream, const struct node *node)
{
	_cleanup_(free_entry) struct archive_entry *header = archive_entry_new();
	const struct node *link;
	int r;

	if (!header)
		return error_memory(stream->error);
	r = find_link(stream, node, &link);
	if (r < 0)
		return r;
	fill_header(header, &node->entry, link);
	if (archive_write_header(stream->archive, header) < ARCHIVE_WARN)
		return stream_failed(stream, node);
	return node->entry.type == ENTRY_FILE && !link ? write_content(stream, node) : 0;
}

int tar_stream_write(const struct tree *tree, int fd, struct error *error)
{
	/* Outlives the archive, which writes what is left of an entry when it is freed. */
	struct stream stream = {.fd = fd, .error = error};
	_cleanup_(free_archive) struct archive *archive = archive_write_new();
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_(map_freep) struct map *links = map_new();
	_cleanup_free_ uint8_t *piece = malloc(PIECE_SIZE);
	int r;

	if (!archive || !arena || !links || !piece)
		return error_memory(error);
	stream.archive = archive;
	stream.arena = arena;
	stream.links = links;
	stream.piece = piece;
	r = open_archive(&stream);
	TREE_FOREACH(node, tree) {
		if (r < 0)
			return r;
		if (node != tree->root)
			r = write_node(&stream, node);
	}
	if (r == 0 && archive_write_close(archive) != ARCHIVE_OK)
		r = stream_failed(&stream, tree->root);
	return r;
}
