/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/authenticode.h"
#include "test/fuzz/fuzz.h"

static void touch_signature(const struct authenticode_signature *signature)
{
	fuzz_check(signature->error.code, &signature->error);
	fuzz_touch_string(signature->algorithm);
	for (size_t i = 0; i < signature->n_signers; i++) {
		fuzz_touch_string(signature->signers[i].subject);
		fuzz_touch_string(signature->signers[i].issuer);
		fuzz_touch_string(signature->signers[i].serial);
	}
}

/* The first thing that is wrong with a signature is the answer. */
static int read_signatures(const struct source *source, const struct pe *pe,
			   bool *ret_faults)
{
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	struct authenticode authenticode;
	struct error error = ERROR_INIT;
	int r = authenticode_read(arena, source, pe, &authenticode, &error);

	fuzz_check(r, &error);
	if (r < 0)
		return r;
	fuzz_touch(authenticode.digest, sizeof(authenticode.digest));
	for (size_t i = 0; i < authenticode.n_signatures; i++) {
		const struct authenticode_signature *signature =
			&authenticode.signatures[i];

		touch_signature(signature);
		if (r == 0)
			r = signature->error.code;
		*ret_faults |= !signature->matches || !signature->verified;
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	struct error error = ERROR_INIT;
	bool faults = false;
	struct pe pe;
	int r = pe_read(source, &pe, &error);

	fuzz_check(r, &error);
	if (r == 0) {
		faults = pe.faults != 0;
		r = read_signatures(source, &pe, &faults);
		pe_done(&pe);
	}
	fuzz_answer(r, faults);
	return 0;
}
