/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "formats/core/strbuf.h"

/*
 * The open root, shared by everything that reads below it: a tree has more files than
 * descriptors.
 */
struct root {
	atomic_uint n_refs;
	int fd;
	dev_t device;
};

struct directory {
	struct root *root;
};

static struct root *root_new(int fd)
{
	struct root *root = malloc(sizeof(*root));
	struct stat status;

	if (!root || fstat(fd, &status) < 0) {
		free(root);
		return NULL;
	}
	*root = (struct root){.n_refs = 1, .fd = fd, .device = status.st_dev};
	return root;
}

static struct root *root_ref(struct root *root)
{
	(void)atomic_fetch_add(&root->n_refs, 1);
	return root;
}

static void root_unref(struct root *root)
{
	if (atomic_fetch_sub(&root->n_refs, 1) > 1)
		return;
	(void)close(root->fd);
	free(root);
}

/* The kernel resolves in the root (RESOLVE_IN_ROOT), so that no link can lead out of it.
 */
static int open_in_root(int root_fd, const char *path, int flags)
{
	/* openat2(2), unlike open(2), refuses flags that have no meaning with O_PATH. */
	int more = flags & O_PATH ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY;
	struct open_how how = {
		.flags = (uint64_t)(flags | more),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root_fd, *path ? path : ".", &how, sizeof(how));
}

int directory_open(const char *path, struct directory **ret, struct error *error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ struct directory *directory = calloc(1, sizeof(*directory));

	if (fd < 0)
		return error_set(error, -errno, "cannot open directory: %s",
				 strerror(errno));
	if (!directory)
		return error_memory(error);
	directory->root = root_new(fd);
	if (!directory->root)
		return error_memory(error);
	(void)TAKE_FD(fd);
	*ret = TAKE_PTR(directory);
	return 0;
}

void directory_free(struct directory *directory)
{
	if (!directory)
		return;
	root_unref(directory->root);
	free(directory);
}

/* A file of a tree that is opened when it is first read, and not kept open between reads.
 */
struct lazy_file {
	struct root *root;
	char path[];
};

static int lazy_read(void *state, uint64_t offset, void *buffer, size_t size,
		     struct error *error)
{
	const struct lazy_file *file = state;
	_cleanup_close_ int fd = open_in_root(file->root->fd, file->path,
					      O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	uint8_t *to = buffer;

	if (fd < 0)
		return error_set(error, -errno, "cannot open '%s': %s", file->path,
				 strerror(errno));
	while (size > 0) {
		ssize_t n = pread(fd, to, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(error, -errno, "cannot read '%s': %s",
					 file->path, strerror(errno));
		if (n == 0)
			return error_bad(error, offset, "'%s' shrank while it was read",
					 file->path);
		to += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

static void lazy_free(void *state)
{
	struct lazy_file *file = state;

	root_unref(file->root);
	free(file);
}

static const struct source_ops lazy_ops = {.read = lazy_read, .free = lazy_free};

static struct source *lazy_source(struct root *root, const char *path, uint64_t size)
{
	size_t path_size = strlen(path) + 1;
	struct lazy_file *file = malloc(sizeof(*file) + path_size);

	if (!file)
		return NULL;
	file->root = root_ref(root);
	memcpy(file->path, path, path_size);
	return source_custom(&lazy_ops, file, size);
}

/* An entry with everything that it points to. */
struct full_entry {
	struct entry entry; /* first: directory_entry_free() gets its address */
	char *path, *target, *xattr_bytes;
	size_t xattr_room; /* bytes for the values in xattr_bytes */
};

void directory_entry_free(struct entry *entry)
{
	struct full_entry *full = (struct full_entry *)entry;

	if (!entry)
		return;
	source_unref(entry->content);
	free(entry->xattrs);
	free(full->path);
	free(full->target);
	free(full->xattr_bytes);
	free(full);
}

static int read_target(int fd, struct full_entry *full, struct error *error)
{
	char target[LIMIT_PATH_SIZE + 1];
	ssize_t size = readlinkat(fd, "", target, LIMIT_PATH_SIZE);

	if (size < 0)
		return error_set(error, -errno, "cannot read link '%s': %s", full->path,
				 strerror(errno));
	full->target = strndup(target, (size_t)size);
	full->entry.target = full->target;
	return full->target ? 0 : error_memory(error);
}

static int xattr_error(int code, const char *path, struct error *error)
{
	/* A file system without any, what went away, what this user may not see. */
	if (code == -ENOTSUP || code == -ENODATA || code == -EACCES || code == -EPERM)
		return 0;
	return error_set(error, code, "cannot read extended attributes of '%s': %s", path,
			 strerror(-code));
}

/* The values, behind the names. */
static int read_values(const char *proc, const char *names, const char *end,
		       struct full_entry *full, struct error *error)
{
	size_t used = 0, n = 0;

	for (const char *name = names; name < end; name += strlen(name) + 1) {
		char *value = full->xattr_bytes + (end - names) + used;
		/* One byte more: for a room of 0 it would only say how much it needs. */
		ssize_t size = getxattr(proc, name, value, full->xattr_room - used + 1);

		if (size < 0) {
			int r = xattr_error(-errno, full->path, error);

			if (r < 0)
				return r;
			continue;
		}
		if (n == LIMIT_XATTRS)
			return error_set(error, -E2BIG,
					 "'%s' has more than %d extended attributes",
					 full->path, LIMIT_XATTRS);
		full->entry.xattrs[n++] =
			(struct entry_xattr){.name = full->xattr_bytes + (name - names),
					     .value = span_make(value, (size_t)size)};
		used += (size_t)size;
	}
	full->entry.n_xattrs = n;
	return 0;
}

/* Through /proc, because O_PATH descriptors have no extended attributes of their own. */
static int read_xattrs(int fd, struct full_entry *full, struct error *error)
{
	char proc[32], names[XATTR_LIST_MAX];
	ssize_t size;

	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	size = listxattr(proc, names, sizeof(names));
	if (size < 0)
		return xattr_error(-errno, full->path, error);
	if (size == 0)
		return 0;
	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		ssize_t value_size = getxattr(proc, name, NULL, 0);

		full->xattr_room += value_size > 0 ? (size_t)value_size : 0;
	}
	full->xattr_bytes = malloc((size_t)size + full->xattr_room + 1);
	full->entry.xattrs = calloc(LIMIT_XATTRS, sizeof(*full->entry.xattrs));
	if (!full->xattr_bytes || !full->entry.xattrs)
		return error_memory(error);
	memcpy(full->xattr_bytes, names, (size_t)size);
	return read_values(proc, names, names + size, full, error);
}

static int fill_entry(struct root *root, int fd, struct full_entry *full,
		      struct error *error)
{
	struct entry *entry = &full->entry;
	struct stat status;
	int r;

	if (fstat(fd, &status) < 0)
		return error_set(error, -errno, "cannot stat '%s': %s", full->path,
				 strerror(errno));
	(void)entry_type_from_mode(status.st_mode, &entry->type);
	entry->mode = status.st_mode & 07777;
	entry->uid = status.st_uid;
	entry->gid = status.st_gid;
	entry->mtime = status.st_mtime;
	if (entry->type == ENTRY_CHARACTER_DEVICE || entry->type == ENTRY_BLOCK_DEVICE) {
		entry->device_major = major(status.st_rdev);
		entry->device_minor = minor(status.st_rdev);
	}
	r = read_xattrs(fd, full, error);
	if (r == 0 && entry->type == ENTRY_SYMLINK)
		r = read_target(fd, full, error);
	if (r < 0 || entry->type != ENTRY_FILE)
		return r;
	entry->size = (uint64_t)status.st_size;
	/* Of a file system that is mounted below, numbers may be equal by chance. */
	if (status.st_nlink > 1 && status.st_dev == root->device)
		entry->inode = status.st_ino;
	entry->content = lazy_source(root, full->path, entry->size);
	return entry->content ? 0 : error_memory(error);
}

static int lookup(struct root *root, const char *path, struct entry **ret,
		  struct error *error)
{
	_cleanup_close_ int fd = open_in_root(root->fd, path, O_PATH | O_NOFOLLOW);
	struct full_entry *full;
	_cleanup_(directory_entry_freep) struct entry *entry = NULL;
	int r;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(error, -ENODATA, "'%s' does not exist", path);
	if (fd < 0)
		return error_set(error, -errno, "cannot open '%s': %s", path,
				 strerror(errno));
	full = calloc(1, sizeof(*full));
	if (!full)
		return error_memory(error);
	entry = &full->entry;
	full->path = strdup(path);
	if (!full->path)
		return error_memory(error);
	entry->path = full->path;
	r = fill_entry(root, fd, full, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(entry);
	return 0;
}

int directory_lookup(const struct directory *directory, const char *path,
		     struct entry **ret, struct error *error)
{
	return lookup(directory->root, path_relative(path), ret, error);
}

int directory_resolve(const struct directory *directory, const char *path, char **ret,
		      struct error *error)
{
	char proc[32], root[LIMIT_PATH_SIZE + 1], found[LIMIT_PATH_SIZE + 1];
	_cleanup_close_ int fd =
		open_in_root(directory->root->fd, path_relative(path), O_PATH);
	ssize_t root_size, size;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(error, -ENODATA, "'%s' does not exist", path);
	if (fd < 0)
		return error_set(error, -errno, "cannot open '%s': %s", path,
				 strerror(errno));
	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", directory->root->fd);
	root_size = readlink(proc, root, LIMIT_PATH_SIZE);
	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	size = readlink(proc, found, LIMIT_PATH_SIZE);
	if (root_size < 0 || size < 0)
		return error_set(error, -errno, "cannot resolve '%s': %s", path,
				 strerror(errno));
	found[size] = 0;
	if (root_size == 1)
		root_size = 0; /* "/" itself */
	*ret = strdup(path_relative(size > root_size ? found + root_size : ""));
	return *ret ? 0 : error_memory(error);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of @stream, as one string after the other. */
static int collect_names(DIR *stream, struct strbuf *names, size_t *ret_n,
			 struct error *error)
{
	size_t n = 0;

	for (;;) {
		const struct dirent *item;

		errno = 0;
		item = readdir(stream);
		if (!item && errno != 0)
			return error_set(error, -errno, "cannot list: %s",
					 strerror(errno));
		if (!item)
			break;
		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
			continue;
		strbuf_add(names, item->d_name, strlen(item->d_name) + 1);
		n++;
	}
	*ret_n = n;
	return strbuf_ok(names) ? 0 : error_memory(error);
}

static void close_stream(DIR **stream)
{
	if (*stream)
		(void)closedir(*stream);
}

static int list_names(struct root *root, const char *path, char ***ret,
		      struct error *error)
{
	_cleanup_close_ int fd = open_in_root(root->fd, path, O_RDONLY | O_DIRECTORY);
	_cleanup_(close_stream) DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	_cleanup_strbuf_ struct strbuf names = {0};
	char **list, *text;
	size_t n = 0;
	int r;

	if (fd < 0 && errno == ENOENT)
		return error_set(error, -ENODATA, "'%s' does not exist", path);
	if (!stream)
		return error_set(error, -errno, "cannot open directory '%s': %s", path,
				 strerror(errno));
	(void)TAKE_FD(fd);
	r = collect_names(stream, &names, &n, error);
	if (r < 0)
		return error_wrap(error, r, "directory '%s'", path);
	list = malloc((n + 1) * sizeof(*list) + names.size);
	if (!list)
		return error_memory(error);
	text = (char *)(list + n + 1);
	if (names.size > 0)
		memcpy(text, names.data, names.size);
	for (size_t i = 0; i < n; i++) {
		list[i] = text;
		text += strlen(text) + 1;
	}
	list[n] = NULL;
	qsort(list, n, sizeof(*list), compare_strings);
	*ret = list;
	return 0;
}

int directory_list(const struct directory *directory, const char *path, char ***ret,
		   struct error *error)
{
	return list_names(directory->root, path_relative(path), ret, error);
}

static int walk(struct root *root, const char *path, unsigned depth,
		const struct entry_visitor *visitor, struct error *error)
{
	_cleanup_(directory_entry_freep) struct entry *entry = NULL;
	_cleanup_free_ char **names = NULL;
	int r = lookup(root, path, &entry, error);

	/* Gone since the directory was listed: as if it had never been there. */
	if (r == -ENODATA && depth > 0)
		return 0;
	if (r < 0)
		return r;
	r = visitor->add(visitor->context, entry, error);
	if (r < 0 || entry->type != ENTRY_DIRECTORY)
		return r;
	r = list_names(root, path, &names, error);
	for (char **name = names; r == 0 && *name; name++) {
		_cleanup_free_ char *child = NULL;

		if (asprintf(&child, "%s%s%s", path, *path ? "/" : "", *name) < 0)
			return error_memory(error);
		/* The kernel would say ENAMETOOLONG; this also bounds the depth. */
		if (strlen(child) >= LIMIT_PATH_SIZE)
			return error_set(error, -E2BIG, "path is longer than %d bytes",
					 LIMIT_PATH_SIZE - 1);
		r = walk(root, child, depth + 1, visitor, error);
	}
	return r;
}

int directory_read(const char *path, const struct entry_visitor *visitor,
		   struct error *error)
{
	_cleanup_(directory_freep) struct directory *directory = NULL;
	int r = directory_open(path, &directory, error);

	return r < 0 ? r : walk(directory->root, "", 0, visitor, error);
}
