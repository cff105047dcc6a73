/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files about images of the kernel share. */

#include "formats/kernel.h"

/*
 * The unpacked image in memory; kernel_unpack() first where that is not done. The bytes
 * are the kernel's.
 */
int kernel_image_bytes(struct kernel *kernel, struct span *ret, struct error *error);
