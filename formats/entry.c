/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/entry.h"

#include <sys/stat.h>

static const struct {
	const char *name;
	uint32_t format; /* S_IFMT bits */
} types[] = {
	[ENTRY_FILE] = {"file", S_IFREG},
	[ENTRY_DIRECTORY] = {"directory", S_IFDIR},
	[ENTRY_SYMLINK] = {"symbolic link", S_IFLNK},
	[ENTRY_CHARACTER_DEVICE] = {"character device", S_IFCHR},
	[ENTRY_BLOCK_DEVICE] = {"block device", S_IFBLK},
	[ENTRY_FIFO] = {"FIFO", S_IFIFO},
	[ENTRY_SOCKET] = {"socket", S_IFSOCK},
};

const char *entry_type_name(enum entry_type type)
{
	return types[type].name;
}

bool entry_type_from_mode(uint32_t mode, enum entry_type *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if ((mode & S_IFMT) == types[i].format) {
			*ret = (enum entry_type)i;
			return true;
		}
	}
	return false;
}
