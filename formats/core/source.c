/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/source.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

struct source {
	atomic_uint n_refs;
	const struct source_ops *ops;
	void *state;
	uint64_t size;
};

struct file_state {
	int fd;
};

struct memory_state {
	const uint8_t *data;
	void *owned; /* freed with the source, or NULL */
};

struct slice_state {
	struct source *parent;
	uint64_t offset; /* of the slice in its parent, bytes */
};

static int file_read(void *state, uint64_t offset, void *buffer, size_t size,
		     struct error *error)
{
	const struct file_state *file = state;
	uint8_t *to = buffer;

	while (size > 0) {
		ssize_t n = pread(file->fd, to, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(error, -errno,
					 "cannot read %zu bytes at %" PRIu64 ": %s", size,
					 offset, strerror(errno));
		if (n == 0)
			return error_bad(error, offset, "file shrank while it was read");
		to += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

static void file_free(void *state)
{
	struct file_state *file = state;

	(void)close(file->fd);
	free(file);
}

static const struct source_ops file_ops = {.read = file_read, .free = file_free};

static int memory_read(void *state, uint64_t offset, void *buffer, size_t size,
		       struct error *error)
{
	const struct memory_state *memory = state;

	memcpy(buffer, memory->data + offset, size);
	return 0;
}

static void memory_free(void *state)
{
	struct memory_state *memory = state;

	free(memory->owned);
	free(memory);
}

static const struct source_ops memory_ops = {.read = memory_read, .free = memory_free};

static int slice_read(void *state, uint64_t offset, void *buffer, size_t size,
		      struct error *error)
{
	const struct slice_state *slice = state;

	return source_read(slice->parent, slice->offset + offset, buffer, size, error);
}

static void slice_free(void *state)
{
	struct slice_state *slice = state;

	source_unref(slice->parent);
	free(slice);
}

static const struct source_ops slice_ops = {.read = slice_read, .free = slice_free};

struct source *source_custom(const struct source_ops *ops, void *state, uint64_t size)
{
	struct source *source = malloc(sizeof(*source));

	if (!source) {
		if (ops->free)
			ops->free(state);
		return NULL;
	}
	*source = (struct source){.n_refs = 1, .ops = ops, .state = state, .size = size};
	return source;
}

void *source_custom_state(const struct source *source, const struct source_ops *ops)
{
	return source && source->ops == ops ? source->state : NULL;
}

static int file_size(int fd, uint64_t *ret_size, struct error *error)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set(error, -errno, "cannot stat: %s", strerror(errno));
	if (S_ISREG(status.st_mode)) {
		*ret_size = (uint64_t)status.st_size;
		return 0;
	}
	if (S_ISDIR(status.st_mode))
		return error_set(error, -EISDIR, "is a directory, expected a file");
	if (S_ISBLK(status.st_mode) && ioctl(fd, BLKGETSIZE64, ret_size) == 0)
		return 0;
	return error_set(error, -EINVAL, "is neither a regular file nor a block device");
}

static int open_at(int directory_fd, const char *path, int flags, struct source **ret,
		   struct error *error)
{
	_cleanup_close_ int fd = openat(
		directory_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
	_cleanup_free_ struct file_state *state = NULL;
	struct source *source;
	uint64_t size;
	int r;

	if (fd < 0)
		return error_set(error, -errno, "cannot open: %s", strerror(errno));
	r = file_size(fd, &size, error);
	if (r < 0)
		return r;
	state = malloc(sizeof(*state));
	if (!state)
		return error_memory(error);
	state->fd = TAKE_FD(fd);
	source = source_custom(&file_ops, TAKE_PTR(state), size);
	if (!source)
		return error_memory(error);
	*ret = source;
	return 0;
}

int source_open_file(const char *path, struct source **ret, struct error *error)
{
	return open_at(AT_FDCWD, path, 0, ret, error);
}

int source_open_file_at(int directory_fd, const char *path, struct source **ret,
			struct error *error)
{
	return open_at(directory_fd, path, O_NOFOLLOW, ret, error);
}

static struct source *memory_source(const void *data, void *owned, size_t size)
{
	struct memory_state *state = malloc(sizeof(*state));

	if (!state) {
		free(owned);
		return NULL;
	}
	*state = (struct memory_state){.data = data, .owned = owned};
	return source_custom(&memory_ops, state, size);
}

struct source *source_take_memory(void *data, size_t size)
{
	return memory_source(data, data, size);
}

struct source *source_borrow_memory(const void *data, size_t size)
{
	return memory_source(data, NULL, size);
}

int source_slice(struct source *parent, uint64_t offset, uint64_t size,
		 struct source **ret, struct error *error)
{
	struct slice_state *state;
	struct source *source;

	if (offset > parent->size || size > parent->size - offset)
		return error_bad(error, offset,
				 "%" PRIu64 " bytes at %" PRIu64
				 " reach over the end at %" PRIu64,
				 size, offset, parent->size);
	state = malloc(sizeof(*state));
	if (!state)
		return error_memory(error);
	*state = (struct slice_state){.parent = source_ref(parent), .offset = offset};
	source = source_custom(&slice_ops, state, size);
	if (!source)
		return error_memory(error);
	*ret = source;
	return 0;
}

struct source *source_ref(struct source *source)
{
	if (source)
		atomic_fetch_add(&source->n_refs, 1);
	return source;
}

void source_unref(struct source *source)
{
	if (!source || atomic_fetch_sub(&source->n_refs, 1) > 1)
		return;
	if (source->ops->free)
		source->ops->free(source->state);
	free(source);
}

uint64_t source_size(const struct source *source)
{
	return source->size;
}

int source_read(const struct source *source, uint64_t offset, void *buffer, size_t size,
		struct error *error)
{
	if (offset > source->size || size > source->size - offset)
		return error_bad(error, offset,
				 "%zu bytes wanted at %" PRIu64
				 ", the data ends at %" PRIu64,
				 size, offset, source->size);
	if (size == 0)
		return 0;
	return source->ops->read(source->state, offset, buffer, size, error);
}

struct span source_memory(const struct source *source)
{
	const struct memory_state *state = source->state;

	if (source->ops != &memory_ops)
		return (struct span){0};
	return span_make(state->data, (size_t)source->size);
}

int source_read_all(const struct source *source, uint64_t limit, uint8_t **ret,
		    size_t *ret_size, struct error *error)
{
	_cleanup_free_ uint8_t *data = NULL;
	int r;

	if (source->size > limit)
		return error_set(error, -E2BIG,
				 "has %" PRIu64 " bytes, at most %" PRIu64 " are read",
				 source->size, limit);
	data = malloc((size_t)source->size + 1);
	if (!data)
		return error_memory(error);
	r = source_read(source, 0, data, (size_t)source->size, error);
	if (r < 0)
		return r;
	data[source->size] = 0;
	*ret = TAKE_PTR(data);
	*ret_size = (size_t)source->size;
	return 0;
}

int source_file(const struct source *source, int *ret_fd, uint64_t *ret_offset)
{
	uint64_t offset = 0;

	while (source->ops == &slice_ops) {
		const struct slice_state *slice = source->state;

		offset += slice->offset;
		source = slice->parent;
	}
	if (source->ops != &file_ops)
		return -ENODATA;
	*ret_fd = ((const struct file_state *)source->state)->fd;
	*ret_offset = offset;
	return 0;
}
