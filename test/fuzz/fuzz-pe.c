/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/pe.h"
#include "test/fuzz/fuzz.h"

static void touch_section(struct source *source, const struct pe_section *section)
{
	_cleanup_(source_unrefp) struct source *content = NULL;
	struct error error = ERROR_INIT;
	int r = pe_section_open(source, section, &content, &error);

	fuzz_touch_string(section->name);
	fuzz_check(r, &error);
	if (r < 0)
		return;
	if (source_size(content) != section->size)
		abort();
	fuzz_touch_source(content);
}

static bool has_faults(const struct pe *pe)
{
	unsigned faults = pe->faults;

	for (size_t i = 0; i < pe->n_sections; i++)
		faults |= pe->sections[i].faults & ~(unsigned)PE_SECTION_FAULT_SHORT;
	return faults != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	struct pe pe = {0};
	struct error error = ERROR_INIT;
	bool probed = pe_probe(source);
	int r = pe_read(source, &pe, &error);

	fuzz_check(r, &error);
	fuzz_answer(r, r == 0 && has_faults(&pe));
	if ((r == -ENODATA) != !probed)
		abort();
	if (r < 0)
		return 0;
	fuzz_touch_string(pe_architecture(&pe));
	fuzz_check(pe.certificate_error.code, &pe.certificate_error);
	for (size_t i = 0; i < pe.n_sections; i++)
		touch_section(source, &pe.sections[i]);
	for (size_t i = 0; i < pe.n_certificates; i++)
		fuzz_touch(pe.certificates[i].data.data, pe.certificates[i].data.size);
	pe_done(&pe);
	return 0;
}
