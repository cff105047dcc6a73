/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/pkcs7.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = NULL;
	struct error error = ERROR_INIT;
	int r;

	r = pkcs7_parse(source_memory(source), &pkcs7, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, r == 0 && pkcs7_faults(pkcs7));
	if (r < 0)
		return 0;
	if (pkcs7_n_signers(pkcs7) == 0)
		abort();
	for (size_t i = 0; i < pkcs7_n_signers(pkcs7); i++) {
		fuzz_touch_string(pkcs7_signer_at(pkcs7, i)->issuer);
		fuzz_touch_string(pkcs7_signer_at(pkcs7, i)->serial);
		fuzz_touch_string(pkcs7_signer_at(pkcs7, i)->digest);
	}
	return 0;
}
