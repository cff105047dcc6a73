/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Small trees for tests of the model, written as text: one entry a line.
 *
 *   d usr                        a directory, 0755
 *   f usr/bin/x contents         a file, 0644; \n in the contents is a newline
 *   x usr/bin/y #!/bin/sh\n      a file, 0755
 *   l lib -> usr/lib             a symbolic link
 *   c usr/gone 0 0               a character device
 *   e usr/lib/liba.so.1 soname=liba.so.1 needed=libc.so.6 version=libc.so.6:GLIBC_2.2
 *                                an ELF file of x86-64 with these facts; also defines=V,
 *                                runpath=P, rpath=P, interpreter=P, machine=N, class=N
 *
 * Parents are made as needed.
 */

#include "sysext-verify/model/tree.h"
#include "test/lib/test.h"

struct tree *world_tree(struct arena *arena, const char *text);

/* All paths of the tree that are no directories, with their layers: "usr/bin/x 1\n". */
char *world_paths(struct arena *arena, const struct tree *tree);
