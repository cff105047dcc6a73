/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/fuzz/scratch.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/core/cleanup.h"

static char directory[64];
static int directory_fd = -1;

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *ftw)
{
	/* The directory itself stays. */
	return ftw->level > 0 ? remove(path) : 0;
}

void fuzz_scratch_clear(void)
{
	(void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_all(void)
{
	fuzz_scratch_clear();
	(void)rmdir(directory);
}

const char *fuzz_scratch(void)
{
	if (*directory)
		return directory;
	/* In memory, if there is such a place. */
	(void)snprintf(directory, sizeof(directory), "%s/sysext-fuzz.XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(directory))
		abort();
	directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory_fd < 0 || atexit(remove_all) != 0)
		abort();
	return directory;
}

void fuzz_scratch_write(const char *path, const void *data, size_t size)
{
	_cleanup_close_ int fd = openat(directory_fd, path,
					O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
}
