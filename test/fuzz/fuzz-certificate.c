/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/key.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(certificate_freep) struct certificate *certificate = NULL;
	struct error error = ERROR_INIT;
	int64_t from, until;
	unsigned faults;
	int r;

	r = certificate_read(source, &certificate, &faults, &error);
	fuzz_check(r, &error);
	/* A certificate that signs itself is a CA's, and nothing is wrong with that. */
	fuzz_answer(r, r == 0 && (faults & ~(unsigned)CERTIFICATE_FAULT_CA));
	if (r < 0)
		return 0;
	fuzz_touch_string(certificate_subject(certificate));
	fuzz_touch_string(certificate_issuer(certificate));
	fuzz_touch_string(certificate_serial(certificate));
	fuzz_touch(certificate_fingerprint(certificate), DIGEST_SHA256_SIZE);
	certificate_validity(certificate, &from, &until);
	return 0;
}
