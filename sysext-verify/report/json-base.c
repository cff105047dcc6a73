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

static json_t *base_layers(const struct base *base)
{
	json_t *list = json_array();

	for (size_t i = 0; i < base->n_layers; i++)
		(void)json_array_append_new(
			list,
			json_pack("{s:o,s:s}", "path", json_text(base->layers[i].path),
				  "kind", base_kind_name(base->layers[i].kind)));
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

json_t *json_base(const struct base *base)
{
	return json_pack(
		"{s:o,s:s,s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:o}", "path",
		json_text(base->path), "kind", base_kind_name(base->kind), "layers",
		base_layers(base), "profile", base_profile(base), "cmdline",
		json_text(base->cmdline), "systemd", (int)base->systemd_version,
		"architecture", json_text(base->architecture), "kernel",
		json_text(base->kernel_release), "os-release",
		base_release(base->os_release), "certificates", base_certificates(base));
}
