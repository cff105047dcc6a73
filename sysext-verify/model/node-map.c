/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/node-map.h"

#include <string.h>
#include <sys/random.h>

#include "formats/core/map.h"
#include "sysext-verify/model/tree.h"

struct slot {
	uint64_t hash;
	struct node *node; /* NULL: free; &removed: passed over */
};

struct node_map {
	struct slot *slots; /* open addressing */
	size_t n_slots;     /* a power of two, or 0; more than twice n_used */
	size_t n_used;      /* nodes and removed ones */
	size_t n_nodes;
	uint64_t key[2];
};

static struct node removed;

struct node_map *node_map_new(void)
{
	struct node_map *map = calloc(1, sizeof(*map));

	if (map)
		(void)!getrandom(map->key, sizeof(map->key), GRND_NONBLOCK);
	return map;
}

void node_map_free(struct node_map *map)
{
	if (!map)
		return;
	free(map->slots);
	free(map);
}

static uint64_t hash_name(const struct node_map *map, const struct node *parent,
			  const char *name, size_t size)
{
	const uint64_t key[2] = {map->key[0] ^ (uintptr_t)parent, map->key[1]};

	return map_hash(key, name, size);
}

/* The slot of a name, or the free one at which the search ends. */
static struct slot *find(const struct node_map *map, uint64_t hash,
			 const struct node *parent, const char *name, size_t size)
{
	size_t at = hash & (map->n_slots - 1);

	for (;; at = (at + 1) & (map->n_slots - 1)) {
		struct slot *slot = &map->slots[at];
		const struct node *node = slot->node;

		if (!node)
			return slot;
		if (node != &removed && slot->hash == hash && node->parent == parent &&
		    strncmp(node->name, name, size) == 0 && node->name[size] == 0)
			return slot;
	}
}

struct node *node_map_get(const struct node_map *map, const struct node *parent,
			  const char *name, size_t size)
{
	if (map->n_slots == 0)
		return NULL;
	return find(map, hash_name(map, parent, name, size), parent, name, size)->node;
}

static void place(struct slot *slots, size_t n_slots, struct slot slot)
{
	size_t at = slot.hash & (n_slots - 1);

	while (slots[at].node)
		at = (at + 1) & (n_slots - 1);
	slots[at] = slot;
}

/* Leaves the removed ones behind. */
static int make_room(struct node_map *map)
{
	size_t n_slots = 32;
	struct slot *slots;

	if (2 * (map->n_used + 1) < map->n_slots)
		return 0;
	while (n_slots < 4 * (map->n_nodes + 1))
		n_slots *= 2;
	slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->n_slots; i++)
		if (map->slots[i].node && map->slots[i].node != &removed)
			place(slots, n_slots, map->slots[i]);
	free(map->slots);
	map->slots = slots;
	map->n_slots = n_slots;
	map->n_used = map->n_nodes;
	return 0;
}

int node_map_add(struct node_map *map, struct node *node)
{
	uint64_t hash = hash_name(map, node->parent, node->name, strlen(node->name));
	int r;

	r = make_room(map);
	if (r < 0)
		return r;
	place(map->slots, map->n_slots, (struct slot){.hash = hash, .node = node});
	map->n_used++;
	map->n_nodes++;
	return 0;
}

void node_map_remove(struct node_map *map, const struct node *node)
{
	size_t size = strlen(node->name);
	struct slot *slot = find(map, hash_name(map, node->parent, node->name, size),
				 node->parent, node->name, size);

	slot->node = &removed;
	map->n_nodes--;
}
