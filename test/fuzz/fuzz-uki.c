/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/addon.h"
#include "test/fuzz/fuzz.h"

static void touch_section(const struct uki *uki, struct source *source,
			  enum uki_section section)
{
	_cleanup_(source_unrefp) struct source *bytes = NULL;
	_cleanup_free_ char *text = NULL;
	struct error error = ERROR_INIT;
	int r = uki_open_section(uki, source, section, &bytes, &error);

	if (r != -ENODATA)
		fuzz_check(r, &error);
	if (r == 0)
		fuzz_touch_source(bytes);
	if (uki_read_text(uki, source, section, &text, NULL) < 0)
		return;
	fuzz_touch_string(text);
	uki_mangle_cmdline(text);
	fuzz_touch_string(text);
}

static void touch_sections(const struct uki *uki, struct source *source)
{
	for (int i = 0; i < N_UKI_SECTIONS; i++)
		touch_section(uki, source, (enum uki_section)i);
}

static void touch_profiles(const struct uki *uki, struct source *source)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();

	for (uint32_t i = 0; i < uki->n_profiles; i++) {
		struct uki_profile profile;

		if (uki_read_profile(arena, uki, source, i, &profile, NULL) < 0)
			continue;
		fuzz_touch_string(profile.id ? profile.id : "");
		fuzz_touch_string(profile.title ? profile.title : "");
	}
}

static void touch_pe(const struct pe *pe)
{
	fuzz_touch_string(pe_architecture(pe));
	for (size_t i = 0; i < pe->n_sections; i++)
		fuzz_touch_string(pe->sections[i].name);
	for (size_t i = 0; i < pe->n_certificates; i++)
		fuzz_touch(pe->certificates[i].data.data, pe->certificates[i].data.size);
	fuzz_check(pe->certificate_error.code, &pe->certificate_error);
}

/* That a section has zeros behind its bytes is no fault, and profiles repeat names. */
static bool has_faults(const struct uki *uki)
{
	unsigned faults = 0;

	for (size_t i = 0; i < uki->pe.n_sections; i++)
		faults |= uki->pe.sections[i].faults;
	return uki->pe.faults != 0 || (faults & ~(unsigned)(PE_SECTION_FAULT_DUPLICATE |
							    PE_SECTION_FAULT_SHORT));
}

static void read_profile(struct source *source, uint32_t profile)
{
	struct uki uki = {0};
	struct error error = ERROR_INIT;
	int r = uki_read(source, profile, &uki, &error);

	if (r != -ENODATA)
		fuzz_check(r, &error);
	if (profile == UKI_NO_PROFILE)
		fuzz_answer(r, r == 0 && has_faults(&uki));
	if (r < 0)
		return;
	touch_pe(&uki.pe);
	touch_sections(&uki, source);
	touch_profiles(&uki, source);
	uki_done(&uki);
}

static void read_addon(struct source *source)
{
	_cleanup_free_ char *uname = NULL;
	struct error error = ERROR_INIT;
	struct uki addon;
	bool fits;
	int r = addon_read(source, &addon, &error);

	if (r != -ENODATA)
		fuzz_check(r, &error);
	if (r < 0)
		return;
	touch_sections(&addon, source);
	if (addon_fits(&addon, source, "6.1", &fits, &uname, NULL) == 0)
		fuzz_touch_string(uname ? uname : "");
	uki_done(&addon);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);

	(void)pe_probe(source);
	read_profile(source, UKI_NO_PROFILE);
	read_profile(source, 0);
	read_profile(source, 1);
	read_addon(source);
	return 0;
}
