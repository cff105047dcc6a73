/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files about images of the kernel share. */

#include "formats/kernel.h"
#include "formats/ksymtab-native.h"

/* include/uapi/linux/utsname.h: __NEW_UTS_LEN */
#define KERNEL_LONGEST_RELEASE 64

/*
 * The unpacked image in memory; kernel_unpack() first where that is not done. The bytes
 * are the kernel's.
 */
int kernel_image_bytes(struct kernel *kernel, struct span *ret, struct error *error);

/*
 * The symbols of an image without section headers, for systemd's architecture.
 * -EOPNOTSUPP if the tables are not found for certain; errors of ksymtab_add().
 */
int kernel_read_flat_symbols(struct span image, const char *architecture,
			     struct arena *arena, struct exported_symbols *ret,
			     struct error *error);

/* -EOPNOTSUPP if the table has offsets where its checksums should be. */
int kernel_check_checksums(const struct ksymtab *table, uint64_t image_size,
			   struct error *error);
