/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of base_read() that have a file of their own; nobody else calls them. */

#include "sysext-verify/model/base.h"

/* All layers of @request into the base's tree. Errors as base_read(). */
int base_read_layers(struct arena *arena, const struct base_request *request,
		     struct base *base, struct error *error);

/*
 * A PE image, which pe_probe() said the layer's source is: a UKI or an addon. -ENODATA if
 * it is neither; else as uki_scan().
 */
int base_open_image(struct base_layer *layer, struct error *error);

/*
 * What the UKI among the layers and its addons are: the profile, .uname, the command
 * line, which addons are left out. @ret_uki is the UKI's place, or n_layers. -EINVAL for
 * two UKIs, for addons without one, for a profile without one; -ENODATA for a profile
 * that is not there; else as the readers.
 */
int base_settle_images(struct arena *arena, const struct base_request *request,
		       struct base *base, size_t *ret_uki, struct error *error);

/*
 * What the image of the kernel says of itself: that of @request, else that of the UKI in
 * the layer @uki, if it is one; else that of a profile stays. Errors as kernel_open() for
 * the first, none for the second: what could not be read is not known.
 */
int base_read_kernel(struct arena *arena, const struct base_request *request,
		     const struct base_layer *uki, struct base *base,
		     struct error *error);

void base_kernel_done(struct base_kernel *kernel);

/* The release of the kernel that boots the base: of its image, or of .uname; or NULL. */
const char *base_booted_release(const struct base *base);

/*
 * What the kernel of the base can do, from /usr/lib/modules. -ENOMEM, and errors of
 * reading.
 */
int base_read_facilities(struct arena *arena, struct base *base, struct error *error);

/*
 * The certificates of /etc/verity.d, /run/verity.d, /usr/local/lib/verity.d and
 * /usr/lib/verity.d as systemd lists them (shared/dissect-image.c,
 * validate_signature_userspace(); conf_files_list()).
 */
int base_read_certificates(struct arena *arena, struct base *base, struct error *error);
