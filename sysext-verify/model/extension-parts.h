/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of extension_read() that have a file of their own; nobody else calls them. */

#include "sysext-verify/model/extension.h"

/*
 * Says which files hold the data blocks that the hash tree refuses; NULL stands for the
 * file system's own tables. Padding behind the file system is nobody's. -ENOMEM.
 */
int extension_find_damage(struct arena *arena, struct extension *extension,
			  struct error *error);

/*
 * Finds the release file as systemd does (basic/os-util.c, open_extension_release_at(),
 * 257, 262). -ENOMEM; a file that cannot be read counts as absent.
 */
int extension_find_release(struct arena *arena, struct extension *extension,
			   struct error *error);
