/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/addon.h"

#include <stdlib.h>
#include <string.h>

static bool is_addon(const struct uki *image)
{
	static const enum uki_section some[] = {UKI_CMDLINE, UKI_DTB, UKI_DTBAUTO,
						UKI_INITRD, UKI_UCODE};

	for (size_t i = 0; i < ARRAY_SIZE(some); i++)
		if (image->sections[some[i]])
			return true;
	return false;
}

int addon_read(const struct source *source, struct uki *ret, struct error *error)
{
	struct uki image;
	int r = uki_scan(source, &image, error);

	if (r < 0)
		return r;
	/* pe_memory_locate_sections() */
	uki_locate_sections(&image, 0, image.pe.n_sections);
	if (image.sections[UKI_LINUX])
		r = error_set(error, -ENODATA, "has a section '.linux': it is a UKI");
	else if (!is_addon(&image))
		r = error_set(error, -ENODATA,
			      "has none of the sections '.cmdline', '.dtb', '.dtbauto', "
			      "'.initrd' and '.ucode'");
	if (r < 0) {
		uki_done(&image);
		return r;
	}
	*ret = image;
	return 0;
}

int addon_fits(const struct uki *addon, struct source *source, const char *uname,
	       bool *ret, char **ret_uname, struct error *error)
{
	const struct pe_section *section = addon->sections[UKI_UNAME];
	_cleanup_free_ char *text = NULL;
	int r = 0;

	*ret = true;
	*ret_uname = NULL;
	if (section)
		r = uki_read_text(addon, source, UKI_UNAME, &text, error);
	if (r < 0)
		return r;
	if (section && uname) {
		/* With a NUL inside of what is compared, the texts have to end there. */
		size_t size = strlen(text);

		*ret = strncmp(uname, text,
			       section->virtual_size > size ? size + 1 : size) == 0;
	}
	*ret_uname = TAKE_PTR(text);
	return 0;
}
