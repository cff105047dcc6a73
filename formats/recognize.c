/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/recognize.h"

#include <blkid.h>
#include <stdio.h>
#include <string.h>

DEFINE_CLEANUP(blkid_probe, blkid_free_probe);

/* The answers of blkid_do_safeprobe(), which have names since libblkid 2.39 only. */
#define PROBE_FOUND     0
#define PROBE_NOTHING   1
#define PROBE_AMBIGUOUS (-2)
#define PROBE_ERROR     (-1)

/* allowed_fstypes() and probe_blkid_filter(), 262. */
static const char *const allowed[] = {"btrfs", "erofs", "ext4",        "f2fs", "squashfs",
				      "vfat",  "xfs",   "crypto_LUKS", "swap", NULL};

const char *recognized_name(enum recognized answer)
{
	static const char *const names[] = {
		[RECOGNIZED_NOT_ASKED] = "not-asked",
		[RECOGNIZED_NOTHING] = "nothing",
		[RECOGNIZED_AMBIGUOUS] = "ambiguous",
		[RECOGNIZED_FOUND] = "found",
	};

	return names[answer];
}

const char *recognize_version(void)
{
	const char *version = NULL;

	(void)blkid_get_library_version(&version, NULL);
	return version ? version : "";
}

static void look_up(blkid_probe probe, const char *name, char *ret, size_t size)
{
	const char *value = NULL;

	if (blkid_probe_lookup_value(probe, name, &value, NULL) == 0 && value)
		(void)snprintf(ret, size, "%s", value);
}

static int ask(blkid_probe probe, struct recognition *ret, struct error *error)
{
	int answer;

	errno = 0;
	answer = blkid_do_safeprobe(probe);
	switch (answer) {
	case PROBE_FOUND:
		ret->answer = RECOGNIZED_FOUND;
		look_up(probe, "TYPE", ret->type, sizeof(ret->type));
		look_up(probe, "USAGE", ret->usage, sizeof(ret->usage));
		look_up(probe, "PTTYPE", ret->table, sizeof(ret->table));
		return 0;
	case PROBE_NOTHING:
		ret->answer = RECOGNIZED_NOTHING;
		return 0;
	case PROBE_ERROR:
		/* Of libblkid 2.39 to 2.42 this is the answer for two kinds, too. */
		if (errno == EIO)
			return error_set(error, -EIO, "libblkid cannot read it: %s",
					 strerror(EIO));
		ret->answer = RECOGNIZED_AMBIGUOUS;
		return 0;
	case PROBE_AMBIGUOUS:
		ret->answer = RECOGNIZED_AMBIGUOUS;
		return 0;
	default:
		return error_set(error, -EIO, "libblkid answers %d, which is not known",
				 answer);
	}
}

/* A probe of the bytes of @source, or NULL in @ret if libblkid cannot get at them. */
static int open_probe(const struct source *source, enum recognize_scope scope,
		      blkid_probe *ret, struct error *error)
{
	_cleanup_(blkid_free_probep) blkid_probe probe = NULL;
	uint64_t offset;
	int fd;

	*ret = NULL;
	/* A size of 0 would mean "all of the file" to libblkid. */
	if (source_size(source) == 0 || source_size(source) > INT64_MAX ||
	    source_file(source, &fd, &offset) < 0 || offset > INT64_MAX)
		return 0;
	probe = blkid_new_probe();
	if (!probe)
		return error_memory(error);
	/* The type filter resets the others: it comes first, as in systemd. */
	if (scope == RECOGNIZE_ALLOWED &&
	    blkid_probe_filter_superblocks_type(probe, BLKID_FLTR_ONLYIN,
						(char **)allowed) != 0)
		return error_memory(error);
	if (blkid_probe_set_device(probe, fd, (blkid_loff_t)offset,
				   (blkid_loff_t)source_size(source)) != 0)
		return error_set(error, -EIO, "libblkid cannot use the file");
	*ret = TAKE_PTR(probe);
	return 0;
}

static void clear(const struct source *source, struct recognition *ret)
{
	*ret = (struct recognition){.answer = source_size(source) == 0
						      ? RECOGNIZED_NOTHING
						      : RECOGNIZED_NOT_ASKED};
}

int recognize_image(const struct source *source, uint32_t sector_size,
		    enum recognize_scope scope, struct recognition *ret,
		    struct error *error)
{
	_cleanup_(blkid_free_probep) blkid_probe probe = NULL;
	int r;

	clear(source, ret);
	r = open_probe(source, scope, &probe, error);
	if (r < 0 || !probe)
		return r;
	if (blkid_probe_set_sectorsize(probe, sector_size) != 0)
		return error_set(error, -EIO, "libblkid refuses sectors of %u bytes",
				 sector_size);
	(void)blkid_probe_enable_superblocks(probe, 1);
	(void)blkid_probe_set_superblocks_flags(
		probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_UUID);
	(void)blkid_probe_enable_partitions(probe, 1);
	(void)blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	return ask(probe, ret, error);
}

int recognize_filesystem(const struct source *source, enum recognize_scope scope,
			 struct recognition *ret, struct error *error)
{
	_cleanup_(blkid_free_probep) blkid_probe probe = NULL;
	int r;

	clear(source, ret);
	r = open_probe(source, scope, &probe, error);
	if (r < 0 || !probe)
		return r;
	(void)blkid_probe_enable_superblocks(probe, 1);
	(void)blkid_probe_set_superblocks_flags(probe,
						BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE);
	return ask(probe, ret, error);
}
