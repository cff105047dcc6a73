/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/map.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

struct slot {
	const char *key;
	void *value;
	uint64_t hash;
};

struct map {
	struct slot *slots; /* in order of insertion */
	size_t n_slots, n_allocated;
	uint32_t *index; /* slot number + 1, or 0; open addressing */
	size_t n_index;  /* a power of two, at least twice n_slots */
	uint64_t key[2];
};

struct map *map_new(void)
{
	struct map *map = calloc(1, sizeof(*map));

	/* Without randomness yet (early boot) the map still works, only predictably. */
	if (map)
		(void)!getrandom(map->key, sizeof(map->key), GRND_NONBLOCK);
	return map;
}

void map_free(struct map *map)
{
	if (!map)
		return;
	free(map->slots);
	free(map->index);
	free(map);
}

static uint64_t mix(uint64_t value, uint64_t key)
{
	unsigned __int128 product =
		(unsigned __int128)(value ^ key) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t map_hash(const uint64_t key[2], const void *bytes, size_t size)
{
	uint64_t hash = key[0], word;
	const char *from = bytes;

	while (size >= sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		hash = mix(hash ^ word, key[1]);
		from += sizeof(word);
		size -= sizeof(word);
	}
	word = size;
	memcpy((char *)&word + 1, from, size);
	return mix(hash ^ word, key[1]);
}

static uint64_t hash_string(const struct map *map, const char *string)
{
	return map_hash(map->key, string, strlen(string));
}

static struct slot *find(const struct map *map, const char *key, uint64_t hash)
{
	for (size_t at = hash & (map->n_index - 1); map->n_index > 0;
	     at = (at + 1) & (map->n_index - 1)) {
		struct slot *slot;

		if (map->index[at] == 0)
			return NULL;
		slot = &map->slots[map->index[at] - 1];
		if (slot->hash == hash && strcmp(slot->key, key) == 0)
			return slot;
	}
	return NULL;
}

static void place(uint32_t *index, size_t n_index, uint64_t hash, uint32_t number)
{
	size_t at = hash & (n_index - 1);

	while (index[at] != 0)
		at = (at + 1) & (n_index - 1);
	index[at] = number;
}

static int grow(struct map *map)
{
	size_t n_allocated = map->n_allocated ? map->n_allocated * 2 : 16;
	size_t n_index = n_allocated * 2;
	struct slot *slots;
	uint32_t *index;

	if (n_allocated > UINT32_MAX / 2)
		return -ENOMEM;
	slots = reallocarray(map->slots, n_allocated, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	map->slots = slots;
	index = calloc(n_index, sizeof(*index));
	if (!index)
		return -ENOMEM;
	for (size_t i = 0; i < map->n_slots; i++)
		place(index, n_index, slots[i].hash, (uint32_t)i + 1);
	free(map->index);
	map->index = index;
	map->n_index = n_index;
	map->n_allocated = n_allocated;
	return 0;
}

size_t map_size(const struct map *map)
{
	return map->n_slots;
}

void *map_get(const struct map *map, const char *key)
{
	const struct slot *slot = find(map, key, hash_string(map, key));

	return slot ? slot->value : NULL;
}

bool map_has(const struct map *map, const char *key)
{
	return find(map, key, hash_string(map, key)) != NULL;
}

int map_set(struct map *map, const char *key, void *value)
{
	uint64_t hash = hash_string(map, key);
	struct slot *slot = find(map, key, hash);

	if (slot) {
		slot->value = value;
		return 0;
	}
	if (map->n_slots == map->n_allocated) {
		int r = grow(map);

		if (r < 0)
			return r;
	}
	map->slots[map->n_slots] =
		(struct slot){.key = key, .value = value, .hash = hash};
	place(map->index, map->n_index, hash, (uint32_t)++map->n_slots);
	return 0;
}

const char *map_key_at(const struct map *map, size_t at)
{
	return map->slots[at].key;
}

void *map_value_at(const struct map *map, size_t at)
{
	return map->slots[at].value;
}
