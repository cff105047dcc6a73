/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * mksquashfs as a child that eats what is written to its standard input. Used by pack()
 * alone.
 */

#include "formats/core/error.h"

struct packer;

/*
 * Runs @arguments[0], found in $PATH, with @arguments (NULL-terminated); @inherited_fd
 * stays open under its number. The child dies with this process, and Ctrl-C does not
 * reach it but through interrupt.h. -ENOENT and others, with the program's name, if it
 * cannot be run.
 */
int packer_start(const char *const *arguments, int inherited_fd, struct packer **ret,
		 struct error *error);

/* Where its input goes; borrowed. Writing gives -EPIPE when it is gone. */
int packer_input(const struct packer *packer);

/*
 * Ends the input and waits. -ENOSPC if it ran out of space, -EIO for any other exit
 * status than 0 and for death by a signal, with the last words of its standard error.
 */
int packer_finish(struct packer *packer, struct error *error);

/* Kills it if it still runs. */
void packer_free(struct packer *packer);
DEFINE_CLEANUP(struct packer *, packer_free);
