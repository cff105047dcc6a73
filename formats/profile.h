/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The file that a base profile is in: one zstd frame (RFC 8878) that holds one JSON
 * object on one line, so that "zstd -dc FILE | jq" shows it. What the object says is read
 * and written by sysext-verify/model/profile.h; see sysext-profile(5).
 */

#include "formats/core/source.h"

/* The first member of the object, by which a profile is told from an initrd. */
#define PROFILE_FORMAT "sysext base profile"

/* The schema that is written; another one is not read. */
#define PROFILE_SCHEMA 1

/* Whether @source is a zstd frame that begins like a profile of any schema. */
bool profile_probe(struct source *source);

/*
 * Unpacks the text, from malloc(). -EBADMSG, with the offset, if the frame is broken, cut
 * or followed by something; -E2BIG over LIMIT_PROFILE.
 */
int profile_unpack(struct source *source, char **ret, size_t *ret_size,
		   struct error *error);

/* Packs @text; @ret from malloc(). The same bytes for the same text. -ENOMEM. */
int profile_pack(struct span text, uint8_t **ret, size_t *ret_size, struct error *error);
