/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The text indices that depmod writes below /usr/lib/modules/RELEASE: modules.dep(5) and
 * modules.builtin.
 */

#include "formats/core/arena.h"
#include "formats/core/error.h"
#include "formats/core/map.h"

/*
 * The path of each module, as written before the colon, keyed by its name as modprobe
 * compares it: without directory and suffix (.ko, .ko.xz, .ko.zst, .ko.gz), '-' as '_'.
 * modules.builtin has the same form without a colon. Lines that do not name a module are
 * left out.
 */
int module_index_parse(struct arena *arena, struct span text, struct map **ret,
		       struct error *error);

/*
 * "dm-verity" or "kernel/drivers/md/dm-verity.ko.xz" becomes "dm_verity". NULL on
 * -ENOMEM.
 */
char *module_name(struct arena *arena, const char *path);
