/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The lines of modprobe.d(5) as kmod reads them (libkmod-config.c, kmod_config_parse(),
 * kmod 34): a word, then all that follows; '#' begins a comment, a backslash at the end
 * joins the next line.
 */

#include "sysext-verify/model/units.h"

/*
 * Each with an empty section, its first word as key ("blacklist", "options", "install"),
 * the rest as value, and the number of its last line, as kmod counts. -ENOMEM only.
 */
int modprobe_parse(struct arena *arena, struct span text, struct unit_line **ret,
		   size_t *ret_n, struct error *error);
