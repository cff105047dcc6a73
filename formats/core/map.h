/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A hash map from strings to pointers. Keys and values are borrowed; keys must stay as
 * they are while they are in the map. Iteration is in the order of insertion, so that
 * whatever is made from it is the same in each run. The hash is keyed with random bytes,
 * which no input can know, so that no input can make all its names collide.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/core/cleanup.h"

struct map;

struct map *map_new(void);
void map_free(struct map *map);
DEFINE_CLEANUP(struct map *, map_free);

size_t map_size(const struct map *map);
void *map_get(const struct map *map, const char *key);
bool map_has(const struct map *map, const char *key);

/* Adds or replaces; a replaced entry keeps its place in the order. 0 or -ENOMEM. */
int map_set(struct map *map, const char *key, void *value);

/* The hash that maps use, keyed with two random words. */
uint64_t map_hash(const uint64_t key[2], const void *bytes, size_t size);

/* The entry at @at in order of insertion, from 0 to map_size() - 1. */
const char *map_key_at(const struct map *map, size_t at);
void *map_value_at(const struct map *map, size_t at);
