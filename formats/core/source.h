/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Input that can be read at any offset: a file, memory, a part of another source, or
 * whatever a reader can produce on demand (a file inside a squashfs image).
 *
 * Sources are counted: source_ref() for each keeper, source_unref() for each release.
 * They are read with pread() and never mapped, so that a file which shrinks meanwhile
 * gives an error and not a signal, and may be read from several threads at once unless
 * the maker of a custom source says otherwise.
 */

#include "formats/core/error.h"
#include "formats/core/span.h"

struct source;

struct source_ops {
	/* Reads exactly @size bytes; the range was checked against the size. */
	int (*read)(void *state, uint64_t offset, void *buffer, size_t size,
		    struct error *error);
	void (*free)(void *state); /* may be NULL */
};

/*
 * Opens a regular file or block device for reading. Errors: the errno of open(2) or
 * fstat(2); -EISDIR for a directory; -EINVAL for anything else than a regular file or
 * block device (a pipe cannot be read at an offset). Never blocks on a FIFO.
 */
int source_open_file(const char *path, struct source **ret, struct error *error);

/* The same below @directory_fd, without following a symbolic link in the last component.
 */
int source_open_file_at(int directory_fd, const char *path, struct source **ret,
			struct error *error);

/* Takes over @data, which came from malloc(); NULL on -ENOMEM, and @data is freed then.
 */
struct source *source_take_memory(void *data, size_t size);

/* Reads from @data, which must outlive the source. NULL on -ENOMEM. */
struct source *source_borrow_memory(const void *data, size_t size);

/* Bytes @offset to @offset + @size of @parent; -EBADMSG when they are not all there. */
int source_slice(struct source *parent, uint64_t offset, uint64_t size,
		 struct source **ret, struct error *error);

/* Calls @ops with @state, which the source owns from now on, also on failure (NULL). */
struct source *source_custom(const struct source_ops *ops, void *state, uint64_t size);

/* The state that source_custom() got together with these @ops; NULL for any other source.
 */
void *source_custom_state(const struct source *source, const struct source_ops *ops);

struct source *source_ref(struct source *source);
void source_unref(struct source *source);
DEFINE_CLEANUP(struct source *, source_unref);

/* In bytes. */
uint64_t source_size(const struct source *source);

/*
 * Reads exactly @size bytes at @offset. -EBADMSG, with @offset, when the source ends
 * before; -EIO and others as the operating system says.
 */
int source_read(const struct source *source, uint64_t offset, void *buffer, size_t size,
		struct error *error) _must_check_;

/*
 * The bytes of a memory source, borrowed; an empty span with data NULL for any other
 * kind.
 */
struct span source_memory(const struct source *source);

/*
 * Reads the whole source into memory from malloc(), with one NUL byte behind it that
 * @ret_size does not count. -E2BIG when it has more than @limit bytes.
 */
int source_read_all(const struct source *source, uint64_t limit, uint8_t **ret,
		    size_t *ret_size, struct error *error);

/*
 * The file behind the source, for libraries that insist on a descriptor: @ret_fd is
 * borrowed,
 * @ret_offset the first byte of the source in it. -ENODATA if no file is behind it.
 */
int source_file(const struct source *source, int *ret_fd, uint64_t *ret_offset);
