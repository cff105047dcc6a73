/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/uki.h"

#include <inttypes.h>
#include <stdlib.h>

#include "formats/core/limits.h"

/* boot/stub.c, combine_initrds(): ALIGN4() */
#define INITRD_ALIGNMENT 4

static const char *const section_names[N_UKI_SECTIONS] = {
	[UKI_LINUX] = ".linux",     [UKI_OSREL] = ".osrel", [UKI_CMDLINE] = ".cmdline",
	[UKI_INITRD] = ".initrd",   [UKI_UCODE] = ".ucode", [UKI_UNAME] = ".uname",
	[UKI_PROFILE] = ".profile", [UKI_SBAT] = ".sbat",
};

const char *uki_section_name(enum uki_section section)
{
	return section_names[section];
}

/* pe_locate_sections(): the first of each name in a part of the table. */
static void locate_sections(struct uki *uki, size_t from, size_t to)
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

/* find_sections() */
static int take_sections(struct uki *uki, uint32_t profile, struct error *error)
{
	size_t at = next_profile(&uki->pe, 0), from = 0, to = 0;

	uki->profile = UKI_NO_PROFILE;
	locate_sections(uki, 0, at);
	while (at < uki->pe.n_sections) {
		size_t end = next_profile(&uki->pe, at + 1);

		if (uki->n_profiles == profile) {
			from = at;
			to = end;
		}
		uki->n_profiles++;
		at = end;
	}
	if (profile == UKI_NO_PROFILE)
		return 0;
	if (to > 0) {
		uki->profile = profile;
		locate_sections(uki, from, to);
	} else if (profile > 0) {
		return error_set(error, -ENODATA,
				 "has %" PRIu32 " profiles and none of number %" PRIu32,
				 uki->n_profiles, profile);
	}
	return 0;
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

int uki_read(const struct source *source, uint32_t profile, struct uki *ret,
	     struct error *error)
{
	struct uki uki = {0};
	int r = pe_read(source, &uki.pe, error);

	if (r < 0)
		return r;
	r = take_sections(&uki, profile, error);
	if (r == 0 && !uki.sections[UKI_LINUX])
		r = error_set(error, -ENODATA, "is a PE image without section '%s'",
			      section_names[UKI_LINUX]);
	if (r == 0)
		r = check_loads(source, &uki.pe, error);
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

int uki_read_text(const struct uki *uki, struct source *source, enum uki_section section,
		  char **ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *slice = NULL;
	uint8_t *text;
	size_t size;
	int r;

	if (!uki->sections[section])
		return error_set(error, -ENODATA, "has no section '%s'",
				 section_names[section]);
	r = pe_section_open(source, uki->sections[section], &slice, error);
	if (r < 0)
		return r;
	r = source_read_all(slice, LIMIT_UKI_TEXT, &text, &size, error);
	if (r < 0)
		return error_wrap(error, r, "section '%s'", section_names[section]);
	*ret = (char *)text;
	return 0;
}

/* Sections behind each other, each filled up with zeros. */
struct joined {
	struct {
		struct source *source; /* NULL: none */
		uint64_t size;         /* bytes with the zeros behind it */
	} parts[2];
};

static const enum uki_section initrd_order[] = {UKI_UCODE, UKI_INITRD};

static int joined_read(void *state, uint64_t offset, void *buffer, size_t size,
		       struct error *error)
{
	const struct joined *joined = state;
	uint8_t *to = buffer;

	memset(to, 0, size);
	for (size_t i = 0; i < ARRAY_SIZE(joined->parts) && size > 0; i++) {
		uint64_t whole = joined->parts[i].size, from_file = 0;
		size_t n;
		int r;

		if (offset >= whole) {
			offset -= whole;
			continue;
		}
		n = (size_t)MIN(size, whole - offset);
		if (offset < source_size(joined->parts[i].source))
			from_file = MIN(n, source_size(joined->parts[i].source) - offset);
		r = from_file == 0 ? 0
				   : source_read(joined->parts[i].source, offset, to,
						 (size_t)from_file, error);
		if (r < 0)
			return r;
		to += n;
		size -= n;
		offset = 0;
	}
	return 0;
}

static void joined_free(void *state)
{
	struct joined *joined = state;

	for (size_t i = 0; i < ARRAY_SIZE(joined->parts); i++)
		source_unref(joined->parts[i].source);
	free(joined);
}

static const struct source_ops joined_ops = {.read = joined_read, .free = joined_free};

static uint64_t padded_size(const struct pe_section *section)
{
	uint64_t size = section ? section->virtual_size : 0;

	return (size + INITRD_ALIGNMENT - 1) / INITRD_ALIGNMENT * INITRD_ALIGNMENT;
}

/* Fills @joined, which owns what it holds also on failure. */
static int join(const struct uki *uki, struct source *source, struct joined *joined,
		struct error *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(initrd_order); i++) {
		const struct pe_section *section = uki->sections[initrd_order[i]];
		int r;

		if (!section)
			continue;
		if (section->faults & PE_SECTION_FAULT_OVERLAP)
			return error_bad(error, section->raw_at,
					 "section '%s', %" PRIu32
					 " bytes at address %" PRIu32
					 ", shares memory with another section",
					 section->name, section->virtual_size,
					 section->virtual_address);
		r = pe_section_open(source, section, &joined->parts[i].source, error);
		if (r < 0)
			return r;
		joined->parts[i].size = padded_size(section);
	}
	return 0;
}

int uki_open_initrd(const struct uki *uki, struct source *source, struct source **ret,
		    struct error *error)
{
	struct joined *joined;
	struct source *made;
	int r;

	if (!uki->sections[UKI_INITRD])
		return error_set(error, -ENODATA, "has no section '%s'",
				 section_names[UKI_INITRD]);
	joined = calloc(1, sizeof(*joined));
	if (!joined)
		return error_memory(error);
	r = join(uki, source, joined, error);
	if (r < 0) {
		joined_free(joined);
		return r;
	}
	made = source_custom(&joined_ops, joined,
			     joined->parts[0].size + joined->parts[1].size);
	if (!made)
		return error_memory(error);
	*ret = made;
	return 0;
}

uint64_t uki_initrd_offset(const struct uki *uki, uint64_t at)
{
	uint64_t before = padded_size(uki->sections[UKI_UCODE]);

	if (at < before)
		return uki->sections[UKI_UCODE]->raw_at + at;
	return uki->sections[UKI_INITRD]->raw_at + (at - before);
}
