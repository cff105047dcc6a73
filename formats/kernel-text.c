/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Texts in the unpacked image of a kernel: its banner and its configuration. */

#include <stdlib.h>
#include <string.h>

#include "formats/core/limits.h"
#include "formats/kernel-native.h"
#include "formats/unpack.h"

/* init/version-timestamp.c: "Linux version 6.12.9-amd64 (somebody@somewhere) ..." */
static const char banner[] = "Linux version ";

/* kernel/configs.c, around a gzip stream */
static const char config_start[] = "IKCFG_ST", config_end[] = "IKCFG_ED";

/* The next place of the text at or behind @from; the end of the image if none. */
static size_t find_text(struct span image, size_t from, const char *text)
{
	size_t size = strlen(text);

	while (from < image.size && image.size - from >= size) {
		const uint8_t *at = memchr(&image.data[from], text[0], image.size - from);

		if (!at)
			break;
		from = (size_t)(at - image.data);
		if (image.size - from >= size && memcmp(at, text, size) == 0)
			return from;
		from++;
	}
	return image.size;
}

/* The release at @at, which a blank and a bracket follow; 0: there is none. */
static size_t release_size(struct span image, size_t at)
{
	size_t n = 0;

	while (n < KERNEL_LONGEST_RELEASE && at + n < image.size &&
	       image.data[at + n] > ' ' && image.data[at + n] < 0x7f)
		n++;
	/* Other texts begin with these words too: "Linux version %s". */
	if (n == 0 || image.data[at] < '0' || image.data[at] > '9' ||
	    image.size - at - n < 2 || memcmp(image.data + at + n, " (", 2) != 0)
		return 0;
	return n;
}

static int find_release(struct span image, char **ret, struct error *error)
{
	size_t at = 0;

	while ((at = find_text(image, at, banner)) < image.size) {
		size_t n;

		at += strlen(banner);
		n = release_size(image, at);
		if (n == 0)
			continue;
		*ret = strndup((const char *)image.data + at, n);
		return *ret ? 0 : error_memory(error);
	}
	return error_set(error, -ENODATA, "has no banner '%s...' in its image", banner);
}

int kernel_read_banner_release(struct kernel *kernel, const char **ret,
			       struct error *error)
{
	if (!kernel->banner_release) {
		struct span image;
		int r = kernel_image_bytes(kernel, &image, error);

		if (r == 0)
			r = find_release(image, &kernel->banner_release, error);
		if (r < 0)
			return r;
	}
	*ret = kernel->banner_release;
	return 0;
}

int kernel_read_release(struct kernel *kernel, const char **ret, struct error *error)
{
	if (!kernel->header_release)
		return kernel_read_banner_release(kernel, ret, error);
	*ret = kernel->header_release;
	return 0;
}

/* Unpacks what stands between the marks. */
static int read_config(struct kernel *kernel, size_t start, size_t end, uint8_t **ret,
		       size_t *ret_size, struct error *error)
{
	_cleanup_(source_unrefp) struct source *packed = NULL, *unpacked = NULL;
	int r;

	r = source_slice(kernel->image, start, end - start, &packed, error);
	if (r == 0)
		r = unpack_whole(COMPRESSION_GZIP, packed, LIMIT_TEXT_FILE, &unpacked,
				 error);
	if (r < 0) {
		if (error)
			error_shift(error, start);
		return error_wrap(error, r, "configuration");
	}
	return source_read_all(unpacked, LIMIT_TEXT_FILE, ret, ret_size, error);
}

int kernel_read_config(struct kernel *kernel, char **ret, size_t *ret_size,
		       struct error *error)
{
	struct span image;
	size_t start, end;
	uint8_t *text;
	int r = kernel_image_bytes(kernel, &image, error);

	if (r < 0)
		return r;
	/* The mark stands alone too, in the text of whoever looks for it. */
	for (start = 0; (start = find_text(image, start, config_start)) < image.size;) {
		start += strlen(config_start);
		if (image.size - start >= 2 &&
		    memcmp(image.data + start, "\x1f\x8b", 2) == 0)
			break;
	}
	if (start >= image.size)
		return error_set(error, -ENODATA, "has no configuration built in");
	end = find_text(image, start, config_end);
	if (end == image.size)
		return error_bad(error, start,
				 "configuration has no mark '%s' at its end", config_end);
	r = read_config(kernel, start, end, &text, ret_size, error);
	if (r < 0)
		return r;
	*ret = (char *)text;
	return 0;
}
