/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "sysext-verify/model/extension-parts.h"

/* The last version that asks for everything; the first that is known to ask for less. */
#define SYSTEMD_ASKS_ALL  257
#define SYSTEMD_ASKS_LESS 262

/* What loop devices have where there is no partition table (probe_sector_size()). */
#define SECTOR_SIZE       512

static bool is_same(const struct recognition *a, const struct recognition *b)
{
	return a->answer == b->answer && strcmp(a->type, b->type) == 0 &&
	       strcmp(a->usage, b->usage) == 0 && strcmp(a->table, b->table) == 0;
}

static const struct recognition *of_version(const struct recognition *seen,
					    unsigned systemd_version)
{
	if (is_same(&seen[RECOGNIZE_ALL], &seen[RECOGNIZE_ALLOWED]))
		return &seen[RECOGNIZE_ALL];
	if (systemd_version > 0 && systemd_version <= SYSTEMD_ASKS_ALL)
		return &seen[RECOGNIZE_ALL];
	if (systemd_version >= SYSTEMD_ASKS_LESS)
		return &seen[RECOGNIZE_ALLOWED];
	return NULL;
}

const struct recognition *extension_seen_image(const struct extension *extension,
					       unsigned systemd_version)
{
	return of_version(extension->seen.image, systemd_version);
}

const struct recognition *extension_seen_data(const struct extension *extension,
					      unsigned systemd_version)
{
	const struct recognition *image =
		extension_seen_image(extension, systemd_version);

	if (!image || !extension->seen.has_data || recognition_kind(image) == DDI_BARE)
		return image;
	return of_version(extension->seen.data, systemd_version);
}

/* dissect_image(), 257 and 262: a file system goes before a partition table. */
enum ddi_kind recognition_kind(const struct recognition *seen)
{
	if (seen->answer != RECOGNIZED_FOUND)
		return DDI_UNKNOWN;
	if (strcmp(seen->usage, "filesystem") == 0 || strcmp(seen->usage, "crypto") == 0)
		return DDI_BARE;
	if (strcmp(seen->table, "gpt") == 0)
		return DDI_GPT;
	return strcmp(seen->table, "dos") == 0 ? DDI_MBR : DDI_UNKNOWN;
}

static int ask(struct extension *extension, struct error *error)
{
	const struct ddi *ddi = &extension->ddi;
	struct extension_seen *seen = &extension->seen;
	uint32_t sector_size = ddi->gpt.sector_size ? ddi->gpt.sector_size : SECTOR_SIZE;
	int r = 0;

	seen->own_kind = ddi->kind;
	seen->own_filesystem = ddi->filesystem;
	seen->has_data = ddi->kind == DDI_GPT && ddi->data.source;
	for (size_t i = 0; r == 0 && i < N_RECOGNIZE_SCOPES; i++) {
		enum recognize_scope scope = (enum recognize_scope)i;

		r = recognize_image(extension->source, sector_size, scope,
				    &seen->image[i], error);
		if (r == 0 && seen->has_data)
			r = recognize_filesystem(ddi->data.source, scope, &seen->data[i],
						 error);
	}
	return r;
}

int extension_recognize(struct extension *extension, unsigned systemd_version,
			struct error *error)
{
	struct ddi *ddi = &extension->ddi;
	const struct recognition *image, *data;
	int r = ask(extension, error);

	if (r < 0)
		return r;
	image = extension_seen_image(extension, systemd_version);
	/* A file system of which we know no magic number; NTFS looks like a DOS table. */
	if (image && recognition_kind(image) == DDI_BARE &&
	    (ddi->kind == DDI_UNKNOWN || ddi->kind == DDI_MBR)) {
		ddi->kind = DDI_BARE;
		ddi->data.source = source_ref(extension->source);
	}
	data = extension_seen_data(extension, systemd_version);
	if (image && data && data->type[0] && ddi->data.source &&
	    (ddi->kind == DDI_BARE) == (recognition_kind(image) == DDI_BARE))
		ddi->filesystem = filesystem_find(data->type);
	return 0;
}
