/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Small EROFS images for tests, made by mkfs.erofs from a directory that is made here. */

#include "formats/core/cleanup.h"
#include "formats/erofs.h"
#include "test/lib/test.h"

#define EROFS_TREE_MTIME  1234567 /* of usr/hello */
#define EROFS_TREE_SHARED "a value that three files have"

/*
 * A directory with files of many sizes, links, a FIFO, a directory of several blocks and,
 * where the file system takes them, extended attributes; test_directory_free() removes
 * it.
 */
char *erofs_tree_new(void);

/*
 * What mkfs.erofs makes of it with these options (words separated by spaces): the bytes
 * from malloc(). Skips the test where mkfs.erofs is not installed.
 */
uint8_t *erofs_make(const char *directory, const char *options, size_t *ret_size);
