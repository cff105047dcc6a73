/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * GPT partition types of the UAPI group's Discoverable Partitions Specification that
 * matter for an extension image, for all architectures that systemd 262 names
 * (shared/gpt.c).
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * A 128-bit id in the byte order in which it is written: the GUID's text from left to
 * right.
 */
struct uuid {
	uint8_t bytes[16];
};

enum partition_role {
	PARTITION_ROOT,
	PARTITION_ROOT_VERITY,
	PARTITION_ROOT_VERITY_SIGNATURE,
	PARTITION_USR,
	PARTITION_USR_VERITY,
	PARTITION_USR_VERITY_SIGNATURE,
	PARTITION_GENERIC, /* Linux data: taken as root when it is the only one */
	PARTITION_OTHER,   /* home, srv, esp, xbootldr, swap, tmp, var: known, not used */
};

struct partition_type {
	struct uuid uuid;
	enum partition_role role;
	const char *
		architecture; /* systemd's name: "x86-64"; NULL where the type has none */
	const char *name;     /* "root-x86-64-verity", as systemd-repart writes it */
};

/* NULL for a type that is not in the table. */
const struct partition_type *partition_type_find(const struct uuid *uuid);
const struct partition_type *partition_type_for(enum partition_role role,
						const char *architecture);

bool uuid_equal(const struct uuid *a, const struct uuid *b);
bool uuid_is_nil(const struct uuid *uuid);

/* 36 lower-case characters and a NUL. */
void uuid_format(const struct uuid *uuid, char ret[37]);
bool uuid_parse(const char *text, struct uuid *ret);
