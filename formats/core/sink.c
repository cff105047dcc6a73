/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/sink.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/core/path.h"

struct sink {
	int fd;
	char *path;      /* the final name */
	char *temporary; /* the name until then, or NULL while it has none */
	char proc_path[32];
};

static char *directory_of(const char *path)
{
	size_t size = path_parent_size(path);

	if (size == 0)
		return strdup(*path == '/' ? "/" : ".");
	return strndup(path, size);
}

/* A name beside the target that sorts with it and that no earlier run can have left. */
static char *temporary_name(const char *path)
{
	char *name = NULL;

	if (asprintf(&name, "%.*s%s.%s.XXXXXX", (int)path_parent_size(path), path,
		     strchr(path, '/') ? "/" : "", path_name(path)) < 0)
		return NULL;
	return name;
}

static int open_named(struct sink *sink, struct error *error)
{
	sink->temporary = temporary_name(sink->path);
	if (!sink->temporary)
		return error_memory(error);
	sink->fd = mkostemp(sink->temporary, O_CLOEXEC);
	if (sink->fd < 0) {
		int code = -errno;

		free(TAKE_PTR(sink->temporary));
		return error_set(error, code, "cannot create '%s': %s", sink->path,
				 strerror(-code));
	}
	return 0;
}

static int open_unnamed(struct sink *sink, struct error *error)
{
	_cleanup_free_ char *directory = directory_of(sink->path);

	if (!directory)
		return error_memory(error);
	sink->fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (sink->fd >= 0)
		return 0;
	if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)
		return open_named(sink, error);
	return error_set(error, -errno, "cannot create '%s': %s", sink->path,
			 strerror(errno));
}

int sink_open(const char *path, struct sink **ret, struct error *error)
{
	_cleanup_(sink_freep) struct sink *sink = calloc(1, sizeof(*sink));
	struct stat status;
	int r;

	if (!sink)
		return error_memory(error);
	sink->fd = -1;
	sink->path = strdup(path);
	if (!sink->path)
		return error_memory(error);
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return error_set(error, -EEXIST,
				 "cannot create '%s': exists and is not a regular file",
				 path);
	r = open_unnamed(sink, error);
	if (r < 0)
		return r;
	(void)snprintf(sink->proc_path, sizeof(sink->proc_path), "/proc/self/fd/%d",
		       sink->fd);
	*ret = TAKE_PTR(sink);
	return 0;
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->temporary)
		(void)unlink(sink->temporary);
	if (sink->fd >= 0)
		(void)close(sink->fd);
	free(sink->temporary);
	free(sink->path);
	free(sink);
}

int sink_fd(const struct sink *sink)
{
	return sink->fd;
}

const char *sink_path(const struct sink *sink)
{
	return sink->temporary ? sink->temporary : sink->proc_path;
}

int sink_write(struct sink *sink, uint64_t offset, const void *data, size_t size,
	       struct error *error)
{
	const uint8_t *from = data;

	while (size > 0) {
		ssize_t n = pwrite(sink->fd, from, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(error, -errno, "cannot write '%s': %s",
					 sink->path, strerror(errno));
		from += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

int sink_truncate(struct sink *sink, uint64_t size, struct error *error)
{
	if (ftruncate(sink->fd, (off_t)size) < 0)
		return error_set(error, -errno, "cannot resize '%s': %s", sink->path,
				 strerror(errno));
	return 0;
}

int sink_source(struct sink *sink, struct source **ret, struct error *error)
{
	return source_open_file(sink_path(sink), ret, error);
}

/* linkat() does not replace, so the file first gets a temporary name and is then renamed.
 */
static int name_unnamed(struct sink *sink, struct error *error)
{
	_cleanup_free_ char *name = temporary_name(sink->path);
	int fd;

	if (!name)
		return error_memory(error);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return error_set(error, -errno, "cannot create '%s': %s", sink->path,
				 strerror(errno));
	(void)close(fd);
	(void)unlink(name);
	if (linkat(AT_FDCWD, sink->proc_path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) < 0)
		return error_set(error, -errno, "cannot create '%s': %s", sink->path,
				 strerror(errno));
	sink->temporary = TAKE_PTR(name);
	return 0;
}

int sink_commit(struct sink *sink, struct error *error)
{
	mode_t mask = umask(0);
	int r;

	(void)umask(mask);
	if (fchmod(sink->fd, 0666 & ~mask) < 0 || fsync(sink->fd) < 0)
		return error_set(error, -errno, "cannot write '%s': %s", sink->path,
				 strerror(errno));
	if (!sink->temporary) {
		r = name_unnamed(sink, error);
		if (r < 0)
			return r;
	}
	if (rename(sink->temporary, sink->path) < 0)
		return error_set(error, -errno, "cannot rename to '%s': %s", sink->path,
				 strerror(errno));
	free(TAKE_PTR(sink->temporary));
	return 0;
}
