/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/report/json-parts.h"

static json_t *base_certificates(const struct base *base)
{
	json_t *list = json_array();

	for (size_t i = 0; i < base->n_certificates; i++) {
		const struct base_certificate *certificate = &base->certificates[i];

		(void)json_array_append_new(
			list,
			json_pack("{s:o,s:o}", "path", json_text(certificate->path),
				  "subject",
				  json_text(certificate->certificate
						    ? certificate_subject(
							      certificate->certificate)
						    : NULL)));
	}
	return list;
}

static json_int_t unpacked_size(const struct initrd *initrd)
{
	uint64_t size = 0;

	for (size_t i = 0; i < initrd->n_members; i++)
		size += initrd->members[i].unpacked_size;
	return (json_int_t)size;
}

static json_t *layer_signature(const struct authenticode_signature *signature)
{
	const struct authenticode_signer *signer =
		signature->n_signers > 0 ? &signature->signers[0] : NULL;

	return json_pack("{s:o,s:o,s:o,s:b}", "subject",
			 json_text(signer ? signer->subject : NULL), "issuer",
			 json_text(signer ? signer->issuer : NULL), "serial",
			 json_text(signer ? signer->serial : NULL), "matches",
			 signature->matches && signature->verified);
}

static json_t *layer_signatures(const struct authenticode *authenticode)
{
	json_t *list = json_array();

	for (size_t i = 0; i < authenticode->n_signatures; i++)
		(void)json_array_append_new(
			list, layer_signature(&authenticode->signatures[i]));
	return list;
}

static json_t *base_layers(const struct base *base)
{
	json_t *list = json_array();

	for (size_t i = 0; i < base->n_layers; i++)
		(void)json_array_append_new(
			list,
			json_pack("{s:o,s:s,s:I,s:o}", "path",
				  json_text(base->layers[i].path), "kind",
				  base_kind_name(base->layers[i].kind), "unpacked",
				  unpacked_size(&base->layers[i].initrd), "signatures",
				  layer_signatures(&base->layers[i].authenticode)));
	return list;
}

/* Null without a UKI. */
static json_t *base_profile(const struct base *base)
{
	const struct base_profile *profile =
		base->profile < base->n_profiles ? &base->profiles[base->profile] : NULL;

	if (base->kind != BASE_UKI)
		return json_null();
	return json_pack("{s:i,s:o,s:o}", "number", (int)base->profile, "ID",
			 json_text(profile ? profile->id : NULL), "TITLE",
			 json_text(profile ? profile->title : NULL));
}

static json_t *base_release(const struct release *release)
{
	return json_pack("{s:o,s:o,s:o}", "ID", json_text(release ? release->id : NULL),
			 "VERSION_ID", json_text(release ? release->version_id : NULL),
			 "SYSEXT_LEVEL", json_text(release ? release->level : NULL));
}

/* Where the release is from: the image is asked before .uname, and that before modules.
 */
static json_t *base_kernel(const struct base *base)
{
	const struct base_kernel *kernel = &base->kernel;
	const char *source = kernel->release        ? "image"
			     : base->uname          ? "uname"
			     : base->kernel_release ? "modules"
						    : NULL;
	json_t *certificates = json_array();

	for (size_t i = 0; i < kernel->n_certificates; i++)
		(void)json_array_append_new(
			certificates,
			json_text(certificate_subject(kernel->certificates[i])));
	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "release",
			 json_text(kernel->release ? kernel->release
				   : base->uname   ? base->uname
						   : base->kernel_release),
			 "source", json_text(source), "form", json_text(kernel->form),
			 "architecture", json_text(kernel->architecture), "certificates",
			 certificates);
}

json_t *json_base(const struct base *base)
{
	return json_pack("{s:o,s:s,s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:o}", "path",
			 json_text(base->path), "kind", base_kind_name(base->kind),
			 "layers", base_layers(base), "profile", base_profile(base),
			 "cmdline", json_text(base->cmdline), "systemd",
			 (int)base->systemd_version, "architecture",
			 json_text(base->architecture), "kernel", base_kernel(base),
			 "os-release", base_release(base->os_release), "certificates",
			 base_certificates(base));
}
