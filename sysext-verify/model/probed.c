/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/probed.h"

#include <stdbool.h>
#include <stddef.h>

#include "formats/core/cleanup.h"
#include "formats/core/limits.h"

/* libblkid looks for RAID members, at the end of the device, on larger ones only. */
#define TINY_DEVICE    (1440 * KIB)

/* The labels of ZFS: two at each end, of this size each. */
#define ZFS_LABEL_SIZE (256 * KIB)

/* Between the two, whether the labels of ZFS are read was not seen. */
#define ZFS_DEVICE     (3 * MIB)

struct place {
	uint64_t offset, size; /* bytes */
};

/* From the start of the device. */
static const struct place at_start[] = {
	{0, 1536},      {2048, 1024},  {3072, 1024},    {4096, 1024},    {7168, 1024},
	{8192, 1536},   {9728, 512},   {15360, 1024},   {16384, 512},    {18944, 512},
	{31744, 1024},  {32768, 1024}, {64512, 1024},   {65536, 1536},   {131072, 512},
	{262144, 1536}, {524288, 512}, {1048576, 1024}, {2097152, 1024}, {4194304, 512},
};

/* From the end of the device to the first byte. */
static const struct place at_end[] = {
	{512, 512},    {1024, 512},   {4096, 1536},   {5632, 512},    {8192, 512},
	{32256, 512},  {130560, 512}, {131072, 512},  {131584, 512},  {204288, 512},
	{302592, 512}, {345600, 512}, {376320, 512},  {466432, 512},  {486912, 512},
	{498688, 512}, {507392, 512}, {1048576, 512}, {1580544, 512},
};

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* The superblock of an old Linux RAID: in the last whole 64 KiB but one. */
static uint64_t old_raid_at(uint64_t device_size)
{
	return device_size / (64 * KIB) * (64 * KIB) - 64 * KIB;
}

static bool is_near_end(uint64_t device_size, uint64_t offset, uint64_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(at_end); i++)
		if (at_end[i].offset <= device_size &&
		    overlaps(offset, size, device_size - at_end[i].offset,
			     at_end[i].size))
			return true;
	return overlaps(offset, size, old_raid_at(device_size), 512);
}

enum probed probed_range(uint64_t device_size, uint64_t offset, uint64_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(at_start); i++)
		if (at_start[i].offset + at_start[i].size <= device_size &&
		    overlaps(offset, size, at_start[i].offset, at_start[i].size))
			return PROBED_YES;
	if (device_size <= TINY_DEVICE)
		return PROBED_NO;
	if (is_near_end(device_size, offset, size))
		return PROBED_YES;
	if (device_size > ZFS_DEVICE + 2 * ZFS_LABEL_SIZE &&
	    (offset < 2 * ZFS_LABEL_SIZE ||
	     offset + size > device_size - 3 * ZFS_LABEL_SIZE))
		return PROBED_MAYBE;
	return PROBED_NO;
}
