/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sysext-verify/model/base-facts.h"

/* Without the newline that a file has at its end and a release has not. */
static int read_uname(struct arena *arena, struct source *source, struct base *base,
		      struct error *error)
{
	_cleanup_free_ char *text = NULL;
	int r = uki_read_text(base->uki, source, UKI_UNAME, &text, error);

	if (r == -ENODATA)
		return 0;
	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	if (!*text)
		return 0;
	base->uname = arena_strdup(arena, text);
	return base->uname ? 0 : error_memory(error);
}

/* From places in what the stub joins to places in the file. */
static void shift_members(const struct base *base, struct initrd *initrd)
{
	for (size_t i = 0; i < initrd->n_members; i++)
		initrd->members[i].offset =
			uki_initrd_offset(base->uki, initrd->members[i].offset);
	if (initrd->faults & INITRD_FAULT_TRAILING_GARBAGE)
		initrd->garbage_at = uki_initrd_offset(base->uki, initrd->garbage_at);
}

static int read_initrd(struct source *source, const struct entry_visitor *visitor,
		       struct base *base, struct base_layer *layer, struct error *error)
{
	_cleanup_(source_unrefp) struct source *initrd = NULL;
	int r = uki_open_initrd(base->uki, source, &initrd, error);

	if (r == -ENODATA) {
		base->without_initrd = true;
		return 0;
	}
	if (r == 0)
		r = initrd_read(initrd, visitor, &layer->initrd, error);
	if (r < 0)
		return error_wrap(error, r, "initrd of the UKI");
	shift_members(base, &layer->initrd);
	return 0;
}

int base_read_uki(struct arena *arena, struct source *source,
		  const struct entry_visitor *visitor, struct base *base,
		  struct base_layer *layer, struct error *error)
{
	struct uki *uki;
	struct error why = ERROR_INIT;
	int r;

	if (base->kind == BASE_UKI)
		return error_set(error, -EINVAL, "is a UKI as well as '%s', expected one",
				 base->path);
	uki = calloc(1, sizeof(*uki));
	if (!uki)
		return error_memory(error);
	r = uki_read(source, 0, uki, &why);
	if (r < 0)
		free(uki);
	if (r == -ENODATA)
		return error_set(error, r,
				 "%s: an addon or another program, expected a UKI, an "
				 "initrd or a directory",
				 why.message);
	if (r < 0)
		return error_set_at(error, r, why.offset, "%s", why.message);
	layer->kind = BASE_UKI;
	base->uki = uki;
	base->uki_architecture = pe_architecture(&uki->pe);
	r = read_uname(arena, source, base, error);
	return r < 0 ? r : read_initrd(source, visitor, base, layer, error);
}
