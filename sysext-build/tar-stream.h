/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A tree as a pax tar stream, in its order, through libarchive. One file includes that
 * library.
 */

#include "sysext-verify/model/tree.h"

/*
 * Writes all nodes but the root to @fd. Files that are hard links to each other (one
 * inode, one content) come as such. -EPIPE when nobody reads; errors of reading name the
 * file.
 */
int tar_stream_write(const struct tree *tree, int fd, struct error *error);
