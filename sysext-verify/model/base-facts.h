/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of base_read() that have a file of their own; nobody else calls them. */

#include "sysext-verify/model/base.h"

/* All layers of @request into the base's tree. Errors as base_read(). */
int base_read_layers(struct arena *arena, const struct base_request *request,
		     struct base *base, struct error *error);

/*
 * A UKI, which pe_probe() said @source is, as systemd-stub boots it without being asked
 * for a profile: its entries go to @visitor. -ENODATA if it is none (an addon); -EINVAL
 * if @base has one already; else as uki_read(), uki_open_initrd() and initrd_read().
 */
int base_read_uki(struct arena *arena, struct source *source,
		  const struct entry_visitor *visitor, struct base *base,
		  struct base_layer *layer, struct error *error);

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
