/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Who signed an image, and whether the base trusts that signer.
 *
 * What systemd does: shared/dissect-image.c, validate_signature_userspace() (257, 262):
 * the signer's own certificate must be in a verity.d directory; no chain, no expiry.
 */

#include "sysext-verify/model/base.h"
#include "sysext-verify/model/extension.h"

enum trust_state {
	TRUST_NO_SIGNATURE, /* nothing to verify */
	TRUST_YES,          /* the signature verifies with a trusted certificate */
	TRUST_BAD, /* the signer is trusted, but the signature is not over this root hash
		    */
	TRUST_UNTRUSTED, /* certificates are known, the signer's is not among them */
	TRUST_UNKNOWN,   /* no certificate is known: the kernel's keyrings may hold it */
};

struct trust {
	enum trust_state state;
	const char *signer_issuer, *signer_serial; /* of the first signer, or NULL */
	const char *certificate_path;              /* the certificate that decided */
	const char *certificate_subject;
	bool from_option;   /* it was given with --cert */
	struct error error; /* why the signature does not verify */
	const char *known;  /* the certificates that were tried, for messages */
};

/* @given are the certificates of --cert. Allocated in @arena. */
int trust_decide(struct arena *arena, const struct base *base,
		 const struct base_certificate *given, size_t n_given,
		 const struct extension *extension, struct trust *ret,
		 struct error *error);
