/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of extension_read() that have a file of their own; nobody else calls them. */

#include "sysext-verify/model/extension.h"

/*
 * Asks libblkid, and lets its answer for systemd of this version count where our own
 * readers know less. What libblkid cannot read ends the run: -EIO, -ENOMEM.
 */
int extension_recognize(struct extension *extension, unsigned systemd_version,
			struct error *error);

/*
 * Takes an entry of the versioned directory at the extension's path, whose file_name ends
 * in ".v": sets versions, and opened and file_name where there is one. @ret_name, in
 * @arena, is the name before the suffix. -E2BIG, -ENOMEM, and what opendir(3) says.
 */
int extension_pick_version(struct arena *arena, struct extension *extension,
			   const struct extension_place *place, char **ret_name,
			   struct error *error);

/*
 * Finds the side cars of the image and puts those that systemd uses where the parts of a
 * GPT would be. A side car that is broken is a fact; what cannot be read ends the run.
 */
int extension_read_sidecars(struct arena *arena, struct extension *extension,
			    struct error *error);

/* Whether a file system of this kind is read here. */
bool extension_reads_filesystem(enum filesystem filesystem);

/*
 * Gives the files of the image, and sets what is known of its file system. Contents that
 * cannot be read end it: a check that passes over such a file would pass for the wrong
 * reason.
 */
int extension_read_filesystem(struct extension *extension,
			      const struct entry_visitor *visitor, struct error *error);

/*
 * Where things lie in the file system. Each calls @range for each extent, in bytes, until
 * it returns something else than 0, which is passed on. -EBADMSG, -ENOMEM and others.
 */
typedef int (*extension_range_t)(void *context, uint64_t offset, uint64_t size);
int extension_content_extents(const struct extension *extension,
			      const struct source *content, extension_range_t range,
			      void *context, struct error *error);
/* Of the file system's own tables; with @mount those that the mount reads. */
int extension_table_extents(const struct extension *extension, bool mount,
			    extension_range_t range, void *context, struct error *error);

/*
 * Says which files hold the data blocks that the hash tree refuses; NULL stands for the
 * file system's own tables. Padding behind the file system is nobody's. -ENOMEM.
 */
int extension_find_damage(struct arena *arena, struct extension *extension,
			  struct error *error);

/*
 * Finds the release file as systemd does (basic/os-util.c, open_extension_release_at(),
 * 257, 262). -ENOMEM; a file that cannot be read counts as absent.
 */
int extension_find_release(struct arena *arena, struct extension *extension,
			   struct error *error);
