/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/uki.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/env-file.h"

static const char *const section_names[N_UKI_SECTIONS] = {
	[UKI_LINUX] = ".linux",     [UKI_OSREL] = ".osrel", [UKI_CMDLINE] = ".cmdline",
	[UKI_INITRD] = ".initrd",   [UKI_UCODE] = ".ucode", [UKI_UNAME] = ".uname",
	[UKI_PROFILE] = ".profile", [UKI_SBAT] = ".sbat",   [UKI_DTB] = ".dtb",
	[UKI_DTBAUTO] = ".dtbauto",
};

const char *uki_section_name(enum uki_section section)
{
	return section_names[section];
}

/* pe_locate_sections() */
void uki_locate_sections(struct uki *uki, size_t from, size_t to)
{
	bool seen[N_UKI_SECTIONS] = {false};

	for (size_t i = from; i < to; i++)
		for (size_t j = 0; j < N_UKI_SECTIONS; j++) {
			const struct pe_section *section = &uki->pe.sections[i];

			if (seen[j] || strcmp(section->name, section_names[j]) != 0)
				continue;
			seen[j] = true;
			/* PE_SECTION_VECTOR_IS_SET() */
			uki->sections[j] = section->virtual_size > 0 ? section : NULL;
		}
}

/* The index of the first .profile from @at on, or the end of the table. */
static size_t next_profile(const struct pe *pe, size_t at)
{
	while (at < pe->n_sections &&
	       strcmp(pe->sections[at].name, section_names[UKI_PROFILE]) != 0)
		at++;
	return at;
}

static uint32_t count_profiles(const struct pe *pe)
{
	uint32_t n = 0;

	for (size_t at = next_profile(pe, 0); at < pe->n_sections;
	     at = next_profile(pe, at + 1))
		n++;
	return n;
}

/* The row of the .profile of this number; the end of the table if there is none. */
static size_t find_profile(const struct pe *pe, uint32_t number)
{
	size_t at = next_profile(pe, 0);

	while (number-- > 0 && at < pe->n_sections)
		at = next_profile(pe, at + 1);
	return at;
}

/*
 * PeCoffLoaderGetPeHeader() and PeCoffLoaderLoadImage() of EDK II refuse the image for
 * any section that is not all in the file or in the image's memory.
 */
static int check_loads(const struct source *source, const struct pe *pe,
		       struct error *error)
{
	for (size_t i = 0; i < pe->n_sections; i++) {
		const struct pe_section *section = &pe->sections[i];

		if (section->faults & PE_SECTION_FAULT_CUT)
			return error_bad(error, section->raw_at,
					 "section '%s' has %" PRIu32 " bytes at %" PRIu32
					 ", but the file ends at %" PRIu64
					 ": the firmware does not load it",
					 section->name, section->raw_size,
					 section->raw_at, source_size(source));
		if (section->faults & PE_SECTION_FAULT_OUTSIDE)
			return error_bad(error, section->raw_at,
					 "section '%s' has %" PRIu32
					 " bytes at address %" PRIu32
					 ", but the image has %" PRIu32
					 " in memory: the firmware does not load it",
					 section->name, section->virtual_size,
					 section->virtual_address, pe->size_of_image);
	}
	return 0;
}

int uki_scan(const struct source *source, struct uki *ret, struct error *error)
{
	struct uki uki = {.profile = UKI_NO_PROFILE};
	int r = pe_read(source, &uki.pe, error);

	if (r < 0)
		return r;
	r = check_loads(source, &uki.pe, error);
	if (r < 0) {
		uki_done(&uki);
		return r;
	}
	uki.n_profiles = count_profiles(&uki.pe);
	*ret = uki;
	return 0;
}

/* find_sections() */
int uki_select(struct uki *uki, uint32_t profile, struct error *error)
{
	size_t at = find_profile(&uki->pe, profile);

	if (profile != UKI_NO_PROFILE && profile > 0 && profile >= uki->n_profiles)
		return error_set(error, -ENODATA,
				 "has %" PRIu32 " profiles and none of number %" PRIu32,
				 uki->n_profiles, profile);
	memset(uki->sections, 0, sizeof(uki->sections));
	uki->profile = UKI_NO_PROFILE;
	uki_locate_sections(uki, 0, next_profile(&uki->pe, 0));
	if (profile < uki->n_profiles) {
		uki->profile = profile;
		uki_locate_sections(uki, at, next_profile(&uki->pe, at + 1));
	}
	if (!uki->sections[UKI_LINUX])
		return error_set(error, -ENODATA, "is a PE image without section '%s'",
				 section_names[UKI_LINUX]);
	return 0;
}

int uki_read(const struct source *source, uint32_t profile, struct uki *ret,
	     struct error *error)
{
	struct uki uki;
	int r = uki_scan(source, &uki, error);

	if (r < 0)
		return r;
	r = uki_select(&uki, profile, error);
	if (r < 0) {
		uki_done(&uki);
		return r;
	}
	*ret = uki;
	return 0;
}

void uki_done(struct uki *uki)
{
	pe_done(&uki->pe);
	*uki = (struct uki){0};
}

static int read_text(struct source *source, const struct pe_section *section, char **ret,
		     struct error *error)
{
	_cleanup_(source_unrefp) struct source *slice = NULL;
	uint8_t *text;
	size_t size;
	int r;

	r = pe_section_open(source, section, &slice, error);
	if (r < 0)
		return r;
	r = source_read_all(slice, LIMIT_UKI_TEXT, &text, &size, error);
	if (r < 0)
		return error_wrap(error, r, "section '%s'", section->name);
	*ret = (char *)text;
	return 0;
}

int uki_read_text(const struct uki *uki, struct source *source, enum uki_section section,
		  char **ret, struct error *error)
{
	if (!uki->sections[section])
		return error_set(error, -ENODATA, "has no section '%s'",
				 section_names[section]);
	return read_text(source, uki->sections[section], ret, error);
}

int uki_read_profile(struct arena *arena, const struct uki *uki, struct source *source,
		     uint32_t number, struct uki_profile *ret, struct error *error)
{
	size_t at = find_profile(&uki->pe, number);
	_cleanup_free_ char *text = NULL;
	struct env_file file;
	int r = read_text(source, &uki->pe.sections[at], &text, error);

	if (r == 0)
		r = env_file_parse(arena, span_make(text, strlen(text)), 0, &file, error);
	if (r < 0)
		return r;
	*ret = (struct uki_profile){.id = env_file_get(&file, "ID"),
				    .title = env_file_get(&file, "TITLE")};
	return 0;
}

int uki_open_section(const struct uki *uki, struct source *source,
		     enum uki_section section, struct source **ret, struct error *error)
{
	const struct pe_section *found = uki->sections[section];

	if (!found)
		return error_set(error, -ENODATA, "has no section '%s'",
				 section_names[section]);
	if (found->faults & PE_SECTION_FAULT_OVERLAP)
		return error_bad(error, found->raw_at,
				 "section '%s', %" PRIu32 " bytes at address %" PRIu32
				 ", shares memory with another section",
				 found->name, found->virtual_size,
				 found->virtual_address);
	return pe_section_open(source, found, ret, error);
}

/* shall_be_whitespace() */
static bool is_white(char c)
{
	return (uint8_t)c <= ' ' || c == 0x7f;
}

void uki_mangle_cmdline(char *text)
{
	char *from = text, *to = text, *end = text;

	while (*from && is_white(*from))
		from++;
	for (; *from; from++) {
		bool white = is_white(*from);

		*to++ = white ? ' ' : *from;
		if (!white)
			end = to;
	}
	*end = '\0';
}
