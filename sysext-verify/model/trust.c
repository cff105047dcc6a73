/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/model/trust.h"

#include "formats/core/strbuf.h"

/* Certificates that are listed in a message; more would hide the point. */
#define MAX_LISTED 4

/* The signed text: shared/dissect-image.c, validate_signature_userspace() (257, 262). */
struct attempt {
	struct trust *trust;
	const struct pkcs7 *pkcs7;
	struct span content; /* root hash in lower-case hexadecimal */
};

/* 1: this certificate decides; 0: it has nothing to do with the signature. */
static int try_certificate(const struct attempt *attempt,
			   const struct base_certificate *candidate, bool from_option,
			   struct error *error)
{
	struct trust *trust = attempt->trust;
	struct error why = ERROR_INIT;
	int r;

	if (!candidate->certificate)
		return 0;
	if (trust->state == TRUST_UNKNOWN)
		trust->state = TRUST_UNTRUSTED;
	if (!pkcs7_names(attempt->pkcs7, candidate->certificate))
		return 0;
	trust->certificate_path = candidate->path;
	trust->certificate_subject = certificate_subject(candidate->certificate);
	trust->from_option = from_option;
	r = pkcs7_verify(attempt->pkcs7, attempt->content, candidate->certificate, &why);
	if (r < 0)
		return error_set(error, r, "%s", why.message);
	trust->state = r > 0 ? TRUST_YES : TRUST_BAD;
	trust->error = why;
	return r;
}

static void list_certificates(struct strbuf *text, const struct base_certificate *list,
			      size_t n, size_t *n_listed)
{
	for (size_t i = 0; i < n; i++) {
		if (!list[i].certificate)
			continue;
		if ((*n_listed)++ < MAX_LISTED)
			strbuf_addf(text, "%s'%s' (%s, serial number %s)",
				    text->size ? ", " : "", list[i].path,
				    certificate_subject(list[i].certificate),
				    certificate_serial(list[i].certificate));
	}
}

static int describe_known(struct arena *arena, const struct base *base,
			  const struct base_certificate *given, size_t n_given,
			  struct trust *trust)
{
	_cleanup_strbuf_ struct strbuf text = {0};
	size_t n = 0;

	list_certificates(&text, base->certificates, base->n_certificates, &n);
	list_certificates(&text, given, n_given, &n);
	if (n > MAX_LISTED)
		strbuf_addf(&text, " and %zu more", n - MAX_LISTED);
	trust->known = strbuf_ok(&text) ? arena_strdup(arena, strbuf_text(&text)) : NULL;
	return trust->known ? 0 : -ENOMEM;
}

static int try_all(const struct attempt *attempt, const struct base *base,
		   const struct base_certificate *given, size_t n_given,
		   struct error *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < base->n_certificates; i++)
		r = try_certificate(attempt, &base->certificates[i], false, error);
	for (size_t i = 0; r == 0 && i < n_given; i++)
		r = try_certificate(attempt, &given[i], true, error);
	return r;
}

int trust_decide(struct arena *arena, const struct base *base,
		 const struct base_certificate *given, size_t n_given,
		 const struct extension *extension, struct trust *ret,
		 struct error *error)
{
	const struct verity_signature *signature = &extension->ddi.verity_signature;
	_cleanup_free_ char *hex = NULL;
	struct trust trust = {.state = TRUST_UNKNOWN};
	struct attempt attempt = {.trust = &trust, .pkcs7 = extension->pkcs7};
	int r;

	*ret = (struct trust){.state = TRUST_NO_SIGNATURE};
	if (!extension->pkcs7)
		return 0;
	hex = malloc(2 * signature->root_hash_size + 1);
	if (!hex || describe_known(arena, base, given, n_given, &trust) < 0)
		return error_memory(error);
	hex_encode(signature->root_hash, signature->root_hash_size, hex);
	attempt.content = span_string(hex);
	if (pkcs7_n_signers(extension->pkcs7) > 0) {
		const struct pkcs7_signer *signer = pkcs7_signer_at(extension->pkcs7, 0);

		trust.signer_issuer = signer->issuer;
		trust.signer_serial = signer->serial;
	}
	r = try_all(&attempt, base, given, n_given, error);
	if (r < 0)
		return r;
	*ret = trust;
	return 0;
}
