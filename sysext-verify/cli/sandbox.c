/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/cli/sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "formats/core/path.h"

/* include/uapi/linux/landlock.h of Linux 6.15; headers of Linux 6.1 end with REFER. */
#define FS_EXECUTE     (UINT64_C(1) << 0)
#define FS_WRITE_FILE  (UINT64_C(1) << 1)
#define FS_READ_FILE   (UINT64_C(1) << 2)
#define FS_READ_DIR    (UINT64_C(1) << 3)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_REG    (UINT64_C(1) << 8)
#define FS_REFER       (UINT64_C(1) << 13)
#define FS_TRUNCATE    (UINT64_C(1) << 14)
#define FS_IOCTL_DEV   (UINT64_C(1) << 15)
#define NET_TCP        UINT64_C(3) /* bind and connect */
#define SCOPE_ALL      UINT64_C(3) /* abstract sockets and signals */

/* The rights that a rule about a file, not a directory, may have. */
#define FS_OF_FILES \
	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_READABLE (FS_READ_FILE | FS_READ_DIR)
#define FS_WRITABLE                                                              \
	(FS_READABLE | FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_REG | FS_REFER | \
	 FS_TRUNCATE)

/* Of one image; a directory can be full of files that begin alike. */
#define MAX_SIDE_CARS 256

/* struct landlock_ruleset_attr since ABI 6; older kernels want zeros behind their own. */
struct ruleset {
	uint64_t fs, net, scoped;
};

/* All rights on files that the kernel's version knows; the rules hand some of them out.
 */
static struct ruleset ruleset_of(long abi)
{
	static const unsigned n_fs_rights[] = {0, 13, 14, 15, 15, 16};
	size_t last = ARRAY_SIZE(n_fs_rights) - 1;
	unsigned n = n_fs_rights[(size_t)abi < last ? (size_t)abi : last];

	return (struct ruleset){.fs = (UINT64_C(1) << n) - 1,
				.net = abi >= 4 ? NET_TCP : 0,
				.scoped = abi >= 6 ? SCOPE_ALL : 0};
}

struct fence {
	int fd;
	struct ruleset ruleset;
};

/* O_PATH opens nothing: no device starts, no pipe waits. */
static int allow(const struct fence *fence, const char *path, uint64_t rights,
		 struct error *error)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.parent_fd = fd};
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return 0;
	if (!S_ISDIR(status.st_mode))
		rights &= FS_OF_FILES;
	if (S_ISBLK(status.st_mode))
		rights |= FS_IOCTL_DEV; /* for its size */
	rule.allowed_access = rights & fence->ruleset.fs;
	/* EBADFD: a pipe or memory file, which Landlock lets through as it is. */
	if (syscall(SYS_landlock_add_rule, fence->fd, LANDLOCK_RULE_PATH_BENEATH, &rule,
		    0) == 0 ||
	    errno == EBADFD)
		return 0;
	return error_set(error, -errno, "cannot allow '%s' in the sandbox: %s", path,
			 strerror(errno));
}

static int allow_all(const struct fence *fence, const char *const *paths, size_t n,
		     uint64_t rights, struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = allow(fence, paths[i], rights, error);
	return r;
}

static void close_stream(DIR **stream)
{
	if (*stream)
		(void)closedir(*stream);
}

/*
 * Of "b.raw" the side cars begin with "b.", as in systemd's verity_settings_load(). A
 * name that begins with a dot has none: ".." is no side car.
 */
static size_t stem_size(const char *name)
{
	size_t size = strlen(name);

	if (*name == '.' || size <= strlen(".raw") ||
	    strcmp(name + size - strlen(".raw"), ".raw") != 0)
		return 0;
	return size - strlen("raw");
}

static char *parent_of(const char *path)
{
	size_t size = path_parent_size(path);

	if (size == 0)
		return strdup(*path == '/' ? "/" : ".");
	return strndup(path, size);
}

static int allow_side_cars(const struct fence *fence, const char *path,
			   struct error *error)
{
	const char *name = path_name(path);
	size_t size = stem_size(name), n = 0;
	_cleanup_free_ char *parent = parent_of(path);
	_cleanup_(close_stream) DIR *stream = NULL;
	const struct dirent *item;
	int r = 0;

	if (!parent)
		return error_memory(error);
	stream = size > 0 ? opendir(parent) : NULL;
	while (r == 0 && stream && n < MAX_SIDE_CARS && (item = readdir(stream))) {
		_cleanup_free_ char *beside = NULL;

		if (strncmp(item->d_name, name, size) != 0)
			continue;
		if (asprintf(&beside, "%s/%s", parent, item->d_name) < 0)
			return error_memory(error);
		r = allow(fence, beside, FS_READABLE, error);
		n++;
	}
	return r;
}

static int add_rules(const struct fence *fence, const struct sandbox_paths *paths,
		     struct error *error)
{
	int r;

	r = allow_all(fence, paths->readable, paths->n_readable, FS_READABLE, error);
	if (r == 0)
		r = allow_all(fence, paths->readable_with_side_cars,
			      paths->n_readable_with_side_cars, FS_READABLE, error);
	for (size_t i = 0; r == 0 && i < paths->n_readable_with_side_cars; i++)
		r = allow_side_cars(fence, paths->readable_with_side_cars[i], error);
	if (r == 0)
		r = allow_all(fence, paths->writable_directories,
			      paths->n_writable_directories, FS_WRITABLE, error);
#ifdef SANDBOX_WITH_SANITIZER
	/* The search for leaks reads which memory and which threads there are. */
	if (r == 0)
		r = allow(fence, "/proc", FS_READABLE, error);
#endif
	return r;
}

static bool is_missing(int code)
{
	return code == ENOSYS || code == EOPNOTSUPP || code == EPERM;
}

/* -EOPNOTSUPP: not in this kernel, not switched on, or withheld by a container. */
static int restrict_files(const struct sandbox_paths *paths, struct error *error)
{
	_cleanup_close_ int fd = -1;
	struct fence fence;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
			   LANDLOCK_CREATE_RULESET_VERSION);
	int r;

	if (abi >= 1) {
		fence.ruleset = ruleset_of(abi);
		fd = (int)syscall(SYS_landlock_create_ruleset, &fence.ruleset,
				  sizeof(fence.ruleset), 0);
	}
	if (fd < 0)
		return error_set(error, is_missing(errno) ? -EOPNOTSUPP : -errno,
				 "no Landlock (%s)", strerror(errno));
	fence.fd = fd;
	r = add_rules(&fence, paths, error);
	if (r < 0)
		return r;
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return error_set(error, is_missing(errno) ? -EOPNOTSUPP : -errno,
				 "no Landlock (%s)", strerror(errno));
	return 0;
}

int sandbox_enter(const struct sandbox_paths *paths, struct sandbox *ret,
		  struct error *error)
{
	struct error files_error = ERROR_INIT, calls_error = ERROR_INIT;
	int files, calls;

	/* Without it no fence can be built by a user who is not root: they say so. */
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	files = restrict_files(paths, &files_error);
	if (files < 0 && files != -EOPNOTSUPP)
		return error_set(error, files, "%s", files_error.message);
	calls = sandbox_filter_calls(paths->n_writable_directories > 0, &calls_error);
	if (calls < 0 && calls != -EOPNOTSUPP)
		return error_set(error, calls, "%s", calls_error.message);
	if (files == 0 && calls == 0)
		(void)snprintf(ret->state, sizeof(ret->state), "full");
	else
		(void)snprintf(ret->state, sizeof(ret->state), "partial: %.60s%s%.60s",
			       files_error.message, files < 0 && calls < 0 ? ", " : "",
			       calls_error.message);
	return 0;
}
