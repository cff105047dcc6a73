/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds a node by its directory and its name. A look-up costs as much as the name is
 * long, and not as much as the path: in a tree of 2000 levels, which an attacker can
 * make, the paths have megabytes together.
 */

#include <stddef.h>

#include "formats/core/cleanup.h"

struct node;
struct node_map;

struct node_map *node_map_new(void);
void node_map_free(struct node_map *map);
DEFINE_CLEANUP(struct node_map *, node_map_free);

/* @name has @size bytes and need not end there. NULL if there is none. */
struct node *node_map_get(const struct node_map *map, const struct node *parent,
			  const char *name, size_t size);

/* By its parent and name, which stay as they are; there is none of these yet. -ENOMEM. */
int node_map_add(struct node_map *map, struct node *node);

/* It is in the map. */
void node_map_remove(struct node_map *map, const struct node *node);
