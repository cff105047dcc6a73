/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tree that systemd's merge makes of a base and its extensions: overlayfs over /usr
 * and /opt.
 *
 * Specification: sysext/sysext.c of systemd, merge_hierarchy() (257, 262); overlayfs.rst
 * of Linux for layers, whiteouts and opaque directories.
 */

#include "sysext-verify/model/tree.h"

/*
 * Merges @layers, lowest first, over @base. Nodes of the result tell their layer, their
 * origin and what they hide. Everything in @arena; the input trees must outlive the
 * result.
 */
int overlay_merge(struct arena *arena, const struct tree *base,
		  struct tree *const *layers, size_t n_layers, struct tree **ret,
		  struct error *error);

/* Whether a layer takes away what is below at this path: a device 0:0, an opaque
 * directory. */
bool overlay_is_whiteout(const struct node *node);
bool overlay_is_opaque(const struct node *node);

/* Whether @path lies in a hierarchy that a sysext extends: /usr or /opt. */
bool overlay_covers(const char *path);
