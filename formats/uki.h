/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Unified kernel images: what systemd-stub takes from its own PE image.
 *
 * The sections before the first .profile are the base; each .profile begins a profile,
 * numbered from 0. The stub takes the base's sections and replaces them by those of one
 * profile: 0, if the boot loader asks for no other. The first section of a name counts. A
 * section of 0 bytes in memory is none, and in a profile it takes the base's away.
 *
 * Specification: UAPI group, Unified Kernel Image; what systemd takes: boot/stub.c,
 * find_sections() and lookup_embedded_initrds(), boot/pe.c, pe_locate_sections() and
 * pe_locate_profile_sections() (257, 262). Not read: addons, device trees, the kernel.
 */

#include "formats/pe.h"

enum uki_section {
	UKI_LINUX,
	UKI_OSREL,
	UKI_CMDLINE,
	UKI_INITRD,
	UKI_UCODE,
	UKI_UNAME,
	UKI_SBAT,
	UKI_PROFILE,
	N_UKI_SECTIONS,
};

/* No profile: the base alone. */
#define UKI_NO_PROFILE UINT32_MAX

struct uki {
	struct pe pe;
	uint32_t n_profiles;
	uint32_t profile; /* whose sections these are, or UKI_NO_PROFILE */
	const struct pe_section *sections[N_UKI_SECTIONS]; /* in pe; NULL: none */
};

/* ".linux" */
const char *uki_section_name(enum uki_section section);

/*
 * Takes the sections of the base and of @profile, which may be missing if it is 0.
 * -ENODATA if this is no PE image, if it has no .linux (an addon, a boot loader, a
 * kernel) or no such profile; -EBADMSG also for a section of which the firmware says that
 * the image cannot be loaded; else as pe_read().
 */
int uki_read(const struct source *source, uint32_t profile, struct uki *ret,
	     struct error *error);
void uki_done(struct uki *uki);

/*
 * The text of a section up to its first NUL, from malloc(), with a NUL behind it.
 * -ENODATA if there is no such section, -E2BIG over LIMIT_UKI_TEXT.
 */
int uki_read_text(const struct uki *uki, struct source *source, enum uki_section section,
		  char **ret, struct error *error);

/*
 * What the stub gives to the kernel as initrd: .ucode, then .initrd, each with zeros up
 * to a multiple of 4. -ENODATA if the image has no .initrd; -EBADMSG if one of the two
 * shares memory with another section, so that its bytes are not what is in the file.
 */
int uki_open_initrd(const struct uki *uki, struct source *source, struct source **ret,
		    struct error *error);

/* The offset in the file of byte @at of uki_open_initrd(). */
uint64_t uki_initrd_offset(const struct uki *uki, uint64_t at);
