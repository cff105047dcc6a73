/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of base_read() that have a file of their own; nobody else calls them. */

#include "sysext-verify/model/base.h"

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
