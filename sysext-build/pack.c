/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The squashfs image, made by mksquashfs(1) (4.5.1 to 4.7) from one tar stream on its
 * standard input.
 */

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/core/limits.h"
#include "sysext-build/packer.h"
#include "sysext-build/stages.h"
#include "sysext-build/tar-stream.h"

#define VERITY_BLOCK_SIZE 4096 /* dm-verity covers whole blocks */

static const struct {
	const char *name;
	unsigned max_level; /* 0: takes none */
} compressors[] = {
	{"gzip", 9}, {"lz4", 0}, {"lzo", 9}, {"xz", 0}, {"zstd", 22},
};

int pack_check_settings(const struct image_settings *settings, struct error *error)
{
	char range[32] = "no level";

	for (size_t i = 0; i < ARRAY_SIZE(compressors); i++) {
		if (strcmp(compressors[i].name, settings->compression) != 0)
			continue;
		if (compressors[i].max_level > 0)
			(void)snprintf(range, sizeof(range), "1 to %u",
				       compressors[i].max_level);
		if (settings->level > compressors[i].max_level)
			return error_set(error, -EINVAL,
					 "'Level=%u' does not go with 'Compression=%s', "
					 "which takes %s",
					 settings->level, settings->compression, range);
		return 0;
	}
	return error_set(error, -EINVAL,
			 "'Compression=' is '%s', must be gzip, lz4, lzo, xz or zstd",
			 settings->compression);
}

/* The arguments of mksquashfs; the numbers live in the struct. */
struct arguments {
	char block_size[16], level[16], time[24];
	const char *list[32];
};

/*
 * The times of the root and of directories are mksquashfs' own in this mode, unless
 * -all-time says otherwise. No sorting, no appending, no export table: what the stream
 * says is what comes out.
 */
static void fill_arguments(struct arguments *arguments,
			   const struct image_settings *settings, int64_t mtime,
			   const char *output)
{
	const char *list[] = {"mksquashfs",
			      "-",
			      output,
			      "-tar",
			      "-noappend",
			      "-no-progress",
			      "-quiet",
			      "-exit-on-error",
			      "-no-exports",
			      "-root-mode",
			      "0755",
			      "-comp",
			      settings->compression,
			      "-b",
			      arguments->block_size,
			      "-mkfs-time",
			      arguments->time,
			      "-all-time",
			      arguments->time,
			      settings->level ? "-Xcompression-level" : NULL,
			      arguments->level,
			      NULL};

	(void)snprintf(arguments->block_size, sizeof(arguments->block_size), "%u",
		       settings->block_size);
	(void)snprintf(arguments->level, sizeof(arguments->level), "%u", settings->level);
	(void)snprintf(arguments->time, sizeof(arguments->time), "%lld",
		       (long long)mtime);
	memcpy(arguments->list, list, sizeof(list));
}

static int pad(struct sink *sink, uint64_t *ret_size, struct error *error)
{
	struct stat status;
	uint64_t size;
	int r;

	if (fstat(sink_fd(sink), &status) < 0)
		return error_set(error, -errno, "cannot tell the size of the image: %s",
				 strerror(errno));
	if (status.st_size == 0)
		return error_set(error, -EIO, "mksquashfs succeeded and wrote nothing");
	size = ((uint64_t)status.st_size + VERITY_BLOCK_SIZE - 1) / VERITY_BLOCK_SIZE *
	       VERITY_BLOCK_SIZE;
	r = sink_truncate(sink, size, error);
	if (r < 0)
		return r;
	*ret_size = size;
	return 0;
}

int pack(const struct tree *tree, const struct image_settings *settings, int64_t mtime,
	 struct sink *sink, uint64_t *ret_size, struct error *error)
{
	_cleanup_(packer_freep) struct packer *packer = NULL;
	struct arguments arguments;
	struct error why = ERROR_INIT;
	int r, s;

	fill_arguments(&arguments, settings, mtime, sink_path(sink));
	r = packer_start(arguments.list, sink_fd(sink), &packer, error);
	if (r < 0)
		return r;
	s = tar_stream_write(tree, packer_input(packer), &why);
	/* A child that died says more than the pipe that broke because of it. */
	if (s == 0 || s == -EPIPE) {
		r = packer_finish(packer, error);
		if (r < 0)
			return r;
	}
	if (s < 0) {
		if (error)
			*error = why;
		return s;
	}
	return pad(sink, ret_size, error);
}
