/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/verity-sig.h"
#include "test/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(source_unrefp) struct source *source = fuzz_source(data, size);
	_cleanup_free_ char *text = NULL;
	struct verity_signature signature = {0};
	struct error error = ERROR_INIT;
	int r;

	r = verity_signature_read(source, &signature, &error);
	fuzz_check(r, &error);
	fuzz_answer(r, false);
	if (r < 0)
		return 0;
	fuzz_touch(signature.root_hash, signature.root_hash_size);
	fuzz_touch(signature.pkcs7, signature.pkcs7_size);
	/* What was read can be written. */
	if (verity_signature_format(&signature, &text, &error) < 0)
		abort();
	fuzz_touch_string(text);
	verity_signature_done(&signature);
	return 0;
}
