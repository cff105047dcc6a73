/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/limits.h"
#include "formats/core/strbuf.h"
#include "formats/pkcs7.h"
#include "sysext-verify/model/profile.h"

/* -ENOENT if there is none. */
static int open_signature(const char *path, struct pkcs7 **ret, struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;
	int r;

	r = source_open_file(path, &source, error);
	if (r == 0)
		r = source_read_all(source, LIMIT_KEY, &bytes, &size, error);
	if (r == 0)
		r = pkcs7_parse(span_make(bytes, size), ret, error);
	return r < 0 ? error_wrap(error, r, "signature '%s'", path) : 0;
}

static int open_certificate(const char *path, struct certificate **ret,
			    struct error *error)
{
	_cleanup_(source_unrefp) struct source *source = NULL;
	unsigned faults;
	int r;

	r = source_open_file(path, &source, error);
	if (r == 0)
		r = certificate_read(source, ret, &faults, error);
	return r < 0 ? error_wrap(error, r, "certificate '%s'", path) : 0;
}

static int verify(const struct pkcs7 *pkcs7, const char *signature_path,
		  struct span profile, const char *certificate_path, struct error *error)
{
	_cleanup_(certificate_freep) struct certificate *certificate = NULL;
	struct error why = ERROR_INIT;
	int r;

	r = open_certificate(certificate_path, &certificate, error);
	if (r < 0)
		return r;
	r = pkcs7_verify(pkcs7, profile, certificate, &why);
	if (r < 0)
		return error_memory(error);
	if (r > 0)
		return 0;
	return error_bad(
		error, ERROR_NO_OFFSET,
		"signature '%s' is not one of certificate '%s' over these bytes: "
		"%s",
		signature_path, certificate_path, why.message);
}

int profile_check_signature(const char *path, struct span profile,
			    const char *certificate_path, enum profile_signature *ret,
			    struct error *error)
{
	_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = NULL;
	_cleanup_strbuf_ struct strbuf signature_path = {0};
	struct error why = ERROR_INIT;
	int r;

	strbuf_addf(&signature_path, "%s.p7s", path);
	if (!strbuf_ok(&signature_path))
		return error_memory(error);
	r = open_signature(strbuf_text(&signature_path), &pkcs7, &why);
	if (r == -ENOENT && certificate_path)
		return error_set(error, -EBADMSG,
				 "is not signed, and --profile-cert wants a signature in "
				 "'%s'",
				 strbuf_text(&signature_path));
	*ret = PROFILE_NOT_SIGNED;
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set_at(error, r, why.offset, "%s", why.message);
	*ret = certificate_path ? PROFILE_SIGNED : PROFILE_SIGNATURE_NOT_CHECKED;
	return certificate_path ? verify(pkcs7, strbuf_text(&signature_path), profile,
					 certificate_path, error)
				: 0;
}
