/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/uki.h"
#include "test/fuzz/fuzz.h"

/* Zeros behind a section's bytes may be gigabytes in memory. */
static void touch_initrd(const struct uki *uki, struct source *source)
{
	_cleanup_(source_unrefp) struct source *initrd = NULL;
	struct error error = ERROR_INIT;
	int r = uki_open_initrd(uki, source, &initrd, &error);

	if (r != -ENODATA)
		fuzz_check(r, &error);
	if (r < 0)
		return;
	fuzz_touch_source(initrd);
	(void)uki_initrd_offset(uki, 0);
	(void)uki_initrd_offset(uki, source_size(initrd));
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
	for (int i = 0; i < N_UKI_SECTIONS; i++) {
		_cleanup_free_ char *text = NULL;

		if (uki_read_text(&uki, source, (enum uki_section)i, &text, NULL) == 0)
			fuzz_touch_string(text);
	}
	touch_initrd(&uki, source);
	uki_done(&uki);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);

	(void)pe_probe(source);
	read_profile(source, UKI_NO_PROFILE);
	read_profile(source, 0);
	read_profile(source, 1);
	return 0;
}
