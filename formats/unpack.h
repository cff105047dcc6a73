/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A compressed file that is wanted as a whole, in memory: a kernel, a module. */

#include "formats/compress.h"

/*
 * Unpacks the stream at the start of @packed into a memory source; what follows the
 * stream is passed over. COMPRESSION_NONE gives the bytes as they are. -E2BIG when they
 * are more than @limit, or more than LIMIT_UNPACK_RATIO times @packed and
 * LIMIT_UNPACK_SMALL; errors of decompressor_read().
 */
int unpack_whole(enum compression compression, struct source *packed, uint64_t limit,
		 struct source **ret, struct error *error);
