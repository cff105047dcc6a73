/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * PE addons (NAME.addon.efi): PE images without a kernel whose sections systemd-stub adds
 * to those of the UKI that it boots.
 *
 * The stub looks for them in /loader/addons first and in UKI.extra.d then, sorted by name
 * in each. Of an addon it takes .cmdline, .initrd, .ucode, .dtb and .dtbauto, in each
 * case the first of the whole table; a .profile begins nothing here.
 *
 * Specification: systemd-stub(7); boot/stub.c, load_addons() and load_all_addons() (257,
 * 262, which do the same). Not read: what is in a device tree; whether Secure Boot takes
 * the addon.
 */

#include "formats/uki.h"

/*
 * Takes the sections of an addon; @ret is released by uki_done(). -ENODATA if this is no
 * PE image, or has a .linux, or none of the sections that make an addon; else as
 * uki_scan().
 */
int addon_read(const struct source *source, struct uki *ret, struct error *error);

/*
 * Whether the stub takes the addon for a UKI whose .uname is @uname (NULL: it has none,
 * and every addon is taken). @ret_uname, from malloc(), is what the addon says, or NULL.
 * strneq8() compares the bytes that the addon's section has: "6.1" fits "6.12", too.
 * Errors as uki_read_text().
 */
int addon_fits(const struct uki *addon, struct source *source, const char *uname,
	       bool *ret, char **ret_uname, struct error *error);
