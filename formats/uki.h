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
 * pe_locate_profile_sections() (257, 262). Not read: device trees, the kernel. The other
 * images whose sections the stub takes are in addon.h.
 */

#include "formats/core/arena.h"
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
	UKI_DTB,
	UKI_DTBAUTO,
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
 * Reads the image and takes no section yet: @n_profiles is all there is to ask. -ENODATA
 * if this is no PE image; -EBADMSG also for a section of which the firmware says that the
 * image cannot be loaded; else as pe_read().
 */
int uki_scan(const struct source *source, struct uki *ret, struct error *error);

/*
 * Takes the sections of the base and of @profile, which may be missing if it is 0, in
 * place of those taken before. -ENODATA if there is no such profile, or no .linux with it
 * (an addon, a boot loader, a kernel).
 */
int uki_select(struct uki *uki, uint32_t profile, struct error *error);

/* Both in one. */
int uki_read(const struct source *source, uint32_t profile, struct uki *ret,
	     struct error *error);
void uki_done(struct uki *uki);

/* What a .profile says of itself, in the form of os-release. */
struct uki_profile {
	const char *id, *title; /* in the arena; NULL: not given */
};

/* Of the profile @number, which is less than @n_profiles. -E2BIG, as uki_read_text(). */
int uki_read_profile(struct arena *arena, const struct uki *uki, struct source *source,
		     uint32_t number, struct uki_profile *ret, struct error *error);

/*
 * The text of a section up to its first NUL, from malloc(), with a NUL behind it.
 * -ENODATA if there is no such section, -E2BIG over LIMIT_UKI_TEXT.
 */
int uki_read_text(const struct uki *uki, struct source *source, enum uki_section section,
		  char **ret, struct error *error);

/*
 * The bytes of a section, without the zeros that follow in memory. -ENODATA if the image
 * has none; -EBADMSG if it shares memory with another section, so that its bytes there
 * are not what is in the file.
 */
int uki_open_section(const struct uki *uki, struct source *source,
		     enum uki_section section, struct source **ret, struct error *error);

/*
 * What the stub makes of a text that is to be a part of the kernel's command line
 * (boot/util.c, mangle_stub_cmdline()): no white space at its ends, and a blank for each
 * control character. In place.
 */
void uki_mangle_cmdline(char *text);

/* The first section of each name in rows @from to @to of the table, for addon.c. */
void uki_locate_sections(struct uki *uki, size_t from, size_t to);
