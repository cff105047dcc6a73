/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An output file that is either there completely or not at all.
 *
 * It is written without a name (O_TMPFILE) in the directory of its target and linked
 * under its name by sink_commit() after fsync(), so that nothing is left of a run that is
 * killed. On a file system without O_TMPFILE it is written under a temporary name beside
 * the target, which sink_free() removes: there, and in the instant between link and
 * rename, only SIGKILL can leave ".NAME.XXXXXX" behind; the final name is never
 * half-written.
 */

#include "formats/core/error.h"
#include "formats/core/source.h"

struct sink;

/* Errors: the errno of open(2), with the path in the words. */
int sink_open(const char *path, struct sink **ret, struct error *error);
void sink_free(struct sink *sink);
DEFINE_CLEANUP(struct sink *, sink_free);

/*
 * The descriptor, borrowed, for a library or child that writes itself; open for both
 * ways.
 */
int sink_fd(const struct sink *sink);

/*
 * "/proc/self/fd/N" style path by which the unfinished file can be opened by this
 * process.
 */
const char *sink_path(const struct sink *sink);

/* Writes all @size bytes at @offset. -ENOSPC is worded as such. */
int sink_write(struct sink *sink, uint64_t offset, const void *data, size_t size,
	       struct error *error);

/* Sets the size; what was not written reads as zeros. */
int sink_truncate(struct sink *sink, uint64_t size, struct error *error);

/* The written bytes as a source of the present size, which does not outlive the sink. */
int sink_source(struct sink *sink, struct source **ret, struct error *error);

/* Gives the file its name, replacing what had it. The sink stays to be freed. */
int sink_commit(struct sink *sink, struct error *error);
