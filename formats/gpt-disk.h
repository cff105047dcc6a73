/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What reading and writing a GPT share: UEFI 2.10, tables 5-5 and 5-6. */

#include "formats/partition-type.h"

#define GPT_SIGNATURE   "EFI PART"
#define GPT_REVISION    0x00010000u
#define GPT_HEADER_SIZE 92  /* bytes */
#define GPT_ENTRY_SIZE  128 /* bytes */

/* Between the order of the text and that of the disk; its own inverse. */
void gpt_uuid_swap(struct uuid *uuid);
