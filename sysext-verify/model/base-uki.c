/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/addon.h"
#include "formats/core/strbuf.h"
#include "sysext-verify/model/base-facts.h"

/* load_addons(): what has a kernel is no addon. */
static bool has_kernel(struct uki *image)
{
	uki_locate_sections(image, 0, image->pe.n_sections);
	return image->sections[UKI_LINUX] != NULL;
}

int base_open_image(struct base_layer *layer, struct error *error)
{
	struct error why = ERROR_INIT;
	int r;

	layer->image = calloc(1, sizeof(*layer->image));
	if (!layer->image)
		return error_memory(error);
	r = uki_scan(layer->source, layer->image, error);
	if (r < 0)
		return r;
	if (has_kernel(layer->image)) {
		layer->kind = BASE_UKI;
		return 0;
	}
	uki_done(layer->image);
	layer->kind = BASE_ADDON;
	r = addon_read(layer->source, layer->image, &why);
	if (r == -ENODATA)
		return error_set(error, r,
				 "is a PE image without section '.linux', and %s: "
				 "expected a UKI, an addon, an initrd or a directory",
				 why.message);
	return r < 0 ? error_set_at(error, r, why.offset, "%s", why.message) : 0;
}

static int find_uki(const struct base *base, size_t *ret, struct error *error)
{
	const struct base_layer *addon = NULL;

	*ret = base->n_layers;
	for (size_t i = 0; i < base->n_layers; i++) {
		const struct base_layer *layer = &base->layers[i];

		/* Of what a profile holds there are no sections any more. */
		if (!layer->source)
			continue;
		if (layer->kind == BASE_ADDON && !addon)
			addon = layer;
		if (layer->kind != BASE_UKI)
			continue;
		if (*ret < base->n_layers || base->kind == BASE_UKI)
			return error_set(
				error, -EINVAL,
				"base '%s' is a UKI as well as '%s', expected one",
				layer->path,
				base->path ? base->path : base->layers[*ret].path);
		*ret = i;
	}
	if (addon && *ret == base->n_layers)
		return error_set(error, -EINVAL,
				 "base '%s' is an addon, which systemd-stub adds to a "
				 "UKI: give the UKI with --base, too",
				 addon->path);
	return 0;
}

static int read_profiles(struct arena *arena, const struct base_layer *layer,
			 struct base *base, struct error *error)
{
	base->n_profiles = layer->image->n_profiles;
	base->profiles = arena_array(arena, base->n_profiles, sizeof(*base->profiles));
	if (!base->profiles)
		return error_memory(error);
	for (uint32_t i = 0; i < base->n_profiles; i++) {
		struct uki_profile profile;
		int r = uki_read_profile(arena, layer->image, layer->source, i, &profile,
					 error);

		if (r < 0)
			return r;
		base->profiles[i] =
			(struct base_profile){.id = profile.id, .title = profile.title};
	}
	return 0;
}

/* Which sections of each profile are others than those of the first. */
static void compare_profiles(struct uki *uki, struct base *base)
{
	static const enum uki_section decide[] = {UKI_INITRD, UKI_LINUX, UKI_UNAME,
						  UKI_UCODE};
	const struct pe_section *first[N_UKI_SECTIONS];

	(void)uki_select(uki, 0, NULL);
	memcpy(first, uki->sections, sizeof(first));
	for (uint32_t i = 1; i < base->n_profiles; i++) {
		(void)uki_select(uki, i, NULL);
		for (size_t j = 0; j < ARRAY_SIZE(decide); j++)
			if (!base->profiles[i].differs &&
			    uki->sections[decide[j]] != first[decide[j]])
				base->profiles[i].differs = uki_section_name(decide[j]);
	}
}

static void list_profiles(const struct base *base, struct strbuf *text)
{
	for (uint32_t i = 0; i < base->n_profiles; i++) {
		const char *id = base->profiles[i].id;

		strbuf_addf(text, "%s%" PRIu32 "%s%s%s", i > 0 ? ", " : "", i,
			    id ? " (" : "", id ? id : "", id ? ")" : "");
	}
}

/* The number that stands behind '@' on the stub's command line; false: it is none. */
static bool parse_number(const char *text, uint32_t *ret)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || number >= UKI_NO_PROFILE)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static int find_profile(const char *wanted, struct base *base, struct error *error)
{
	_cleanup_strbuf_ struct strbuf list = {0};
	uint32_t number;

	base->profile_asked_for = true;
	/* Profile 0 is there even if no .profile is. */
	if (parse_number(wanted, &number) && (number == 0 || number < base->n_profiles)) {
		base->profile = number;
		return 0;
	}
	for (uint32_t i = 0; i < base->n_profiles; i++)
		if (base->profiles[i].id && strcmp(base->profiles[i].id, wanted) == 0) {
			base->profile = i;
			return 0;
		}
	list_profiles(base, &list);
	if (!strbuf_ok(&list))
		return error_memory(error);
	return error_set(error, -ENODATA, "has no profile '%s', it has %s", wanted,
			 base->n_profiles ? strbuf_text(&list) : "none at all");
}

/* Without the newline that a file has at its end and a release has not. */
static int keep_uname(struct arena *arena, struct base_layer *layer, const char *text,
		      struct error *error)
{
	size_t size = text ? strcspn(text, "\n") : 0;

	if (size == 0)
		return 0;
	layer->uname = arena_strndup(arena, text, size);
	return layer->uname ? 0 : error_memory(error);
}

/* The text of a section, from malloc(); NULL if there is none. */
static int read_text(const struct base_layer *layer, enum uki_section section, char **ret,
		     struct error *error)
{
	int r = uki_read_text(layer->image, layer->source, section, ret, error);

	return r == -ENODATA ? 0 : r;
}

/* load_addons(): @cmdline grows by what the addon has. */
static int settle_addon(struct arena *arena, struct base_layer *layer, const char *uname,
			struct strbuf *cmdline, struct error *error)
{
	_cleanup_free_ char *own = NULL, *text = NULL;
	bool fits = false;
	int r = addon_fits(layer->image, layer->source, uname, &fits, &own, error);

	if (r == 0)
		r = keep_uname(arena, layer, own, error);
	layer->ignored = !fits;
	if (r == 0 && fits)
		r = read_text(layer, UKI_CMDLINE, &text, error);
	if (r < 0)
		return error_wrap(error, r, "base '%s'", layer->path);
	if (!text)
		return 0;
	uki_mangle_cmdline(text);
	strbuf_addf(cmdline, "%s%s", cmdline->size > 0 ? " " : "", text);
	return 0;
}

/* settle_command_line(), cmdline_append_and_measure_addons() */
static int settle_cmdline(struct arena *arena, struct base *base, char *own,
			  struct strbuf *addons, struct error *error)
{
	char *added = strbuf_ok(addons) ? arena_strdup(arena, strbuf_text(addons)) : NULL;

	if (!added)
		return error_memory(error);
	uki_mangle_cmdline(added);
	if (own)
		uki_mangle_cmdline(own);
	base->cmdline = arena_printf(arena, "%s%s%s", own ? own : "",
				     own && *own && *added ? " " : "", added);
	return base->cmdline ? 0 : error_memory(error);
}

static int settle_uki(struct arena *arena, const char *profile, struct base_layer *layer,
		      struct base *base, char **ret_uname, struct error *error)
{
	int r = read_profiles(arena, layer, base, error);

	if (r < 0)
		return r;
	compare_profiles(layer->image, base);
	if (profile)
		r = find_profile(profile, base, error);
	if (r == 0)
		r = uki_select(layer->image, base->profile, error);
	if (r == 0)
		r = read_text(layer, UKI_UNAME, ret_uname, error);
	if (r == 0)
		r = keep_uname(arena, layer, *ret_uname, error);
	if (r < 0)
		return r;
	base->uki = layer->image;
	base->uki_architecture = pe_architecture(&layer->image->pe);
	base->uname = layer->uname;
	return 0;
}

static int read_signatures(struct arena *arena, struct base *base, struct error *error)
{
	for (size_t i = 0; i < base->n_layers; i++) {
		struct base_layer *layer = &base->layers[i];
		int r = 0;

		/* An image without a signature need not be digested. */
		if (layer->image && layer->image->pe.n_certificates > 0)
			r = authenticode_read(arena, layer->source, &layer->image->pe,
					      &layer->authenticode, error);
		if (r < 0)
			return error_wrap(error, r, "base '%s'", layer->path);
	}
	return 0;
}

int base_settle_images(struct arena *arena, const struct base_request *request,
		       struct base *base, size_t *ret_uki, struct error *error)
{
	_cleanup_free_ char *uname = NULL, *cmdline = NULL;
	_cleanup_strbuf_ struct strbuf added = {0};
	struct base_layer *uki;
	int r = find_uki(base, ret_uki, error);

	if (r < 0)
		return r;
	if (*ret_uki == base->n_layers)
		return request->uki_profile
			       ? error_set(
					 error, -EINVAL,
					 "--uki-profile is '%s', but no --base is a UKI",
					 request->uki_profile)
			       : 0;
	uki = &base->layers[*ret_uki];
	r = read_signatures(arena, base, error);
	if (r < 0)
		return r;
	r = settle_uki(arena, request->uki_profile, uki, base, &uname, error);
	if (r == 0)
		r = read_text(uki, UKI_CMDLINE, &cmdline, error);
	if (r < 0)
		return error_wrap(error, r, "base '%s'", uki->path);
	for (size_t i = 0; r == 0 && i < base->n_layers; i++)
		if (base->layers[i].kind == BASE_ADDON && base->layers[i].source)
			r = settle_addon(arena, &base->layers[i], uname, &added, error);
	return r < 0 ? r : settle_cmdline(arena, base, cmdline, &added, error);
}
