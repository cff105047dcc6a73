/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Ctrl-C, SIGTERM and SIGHUP end the program at once, whatever it does, and leave
 * nothing: the handler kills the child, removes the unfinished file if it has a name, and
 * exits.
 */

#include <sys/types.h>

/* Exit status of an interrupted run. */
#define INTERRUPT_STATUS 2

/* Also makes writes to a closed pipe and over the file size limit fail instead of kill.
 */
void interrupt_install(void);

/* The child to be killed, 0 for none. */
void interrupt_kills(pid_t pid);

/* The file to be removed, which must stay as it is until NULL is set. */
void interrupt_removes(const char *path);

/* From here on the run can no longer be interrupted: the file gets its name. */
void interrupt_block(void);
