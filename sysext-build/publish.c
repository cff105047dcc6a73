/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-build/interrupt.h"
#include "sysext-build/stages.h"
#include "sysext-verify/cli/term.h"
#include "sysext-verify/verify.h"

static bool passes(const struct report *report)
{
	return report_exit_status(report, SEVERITY_ERROR, false) == 0 &&
	       report->verdict.merges == ANSWER_YES;
}

int publish(struct sink *sink, const char *output, const char *certificate_path,
	    const struct base *base, FILE *out, struct publication *ret,
	    struct error *error)
{
	_cleanup_(verification_freep) struct verification *verification = NULL;
	const struct report_style style = {.fail_on = SEVERITY_ERROR,
					   .color = term_has_color(out),
					   .columns = term_columns(out)};
	const char *path = sink_path(sink);
	/*
	 * A base without any certificate leaves trust to the kernel's keyrings, which are
	 * on the machine and not in the initrd: all else is judged as if they held the
	 * signer's, and the answer is "unknown" instead of "yes".
	 */
	bool no_certificates = base->n_certificates == 0 && base->n_verity_d_ignored == 0;
	const struct verify_request request = {
		.base = base,
		.extensions = &path,
		.n_extensions = 1,
		.certificates = &certificate_path,
		.n_certificates = no_certificates ? 1 : 0,
		.location = LOCATION_ESP,
		.shown_paths = &output,
	};
	int r;

	r = verify(&request, &verification, error);
	if (r < 0)
		return error_wrap(error, r, "cannot verify what was built");
	*ret = (struct publication){
		.passed = passes(verification->report),
		.trusted = !no_certificates,
		.works = verification->report->verdict.works == ANSWER_YES,
	};
	if (!ret->passed || !ret->works ||
	    report_count(verification->report).n_warnings > 0)
		r = report_text(verification->report, &style, out, error);
	if (r < 0 || !ret->passed)
		return r;
	interrupt_block();
	return sink_commit(sink, error);
}
