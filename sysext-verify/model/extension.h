/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What is known of one extension: its name as systemd computes it, the image taken apart,
 * the check of its hash tree, its files and its release file.
 */

#include "formats/ddi.h"
#include "formats/erofs.h"
#include "formats/pkcs7.h"
#include "formats/recognize.h"
#include "formats/squashfs.h"
#include "sysext-verify/model/probed.h"
#include "sysext-verify/model/release.h"
#include "sysext-verify/model/tree.h"
#include "sysext-verify/model/versions.h"

/* Where the extension will be placed: decides names, image policy and class. */
enum location {
	LOCATION_ESP, /* UKI.extra.d: becomes /.extra/sysext, strict image policy */
	LOCATION_ESP_GLOBAL, /* /loader/extensions: /.extra/global_sysext, since 258 */
	LOCATION_INITRD,     /* /var/lib/extensions of the initrd */

	/* Directories of the initrd, whoever has put the extension there. */
	LOCATION_ETC, /* /etc/extensions */
	LOCATION_RUN,
	LOCATION_LOCAL_LIB, /* /usr/local/lib/extensions */
	LOCATION_LIB,
	LOCATION_EXTRA, /* /.extra/sysext */
	LOCATION_EXTRA_GLOBAL,
	N_LOCATIONS,
};

const char *location_name(enum location location);      /* "esp" */
const char *location_directory(enum location location); /* "/.extra/sysext" */
bool location_parse(const char *text, enum location *ret);
/* Whether the image policy there takes signed images only. */
bool location_is_strict(enum location location);
/* Whether systemd-stub brings what is there, with its own rules about names. */
bool location_is_of_stub(enum location location);
/* Whether systemd of this version searches it; 0, unknown, counts as new. */
bool location_is_searched(enum location location, unsigned systemd_version);

enum extension_kind { EXTENSION_RAW, EXTENSION_DIRECTORY };

/* Directories NAME.mstack are a kind of image of their own since this version. */
#define SYSTEMD_MSTACK 260

/* A file that holds bytes which dm-verity will refuse to give. */
struct damage {
	const char *path; /* in the image; NULL: the file system's own tables */
	uint64_t block;   /* the first bad data block in it */
	uint64_t offset;  /* of that block in the image file, bytes */
};

/*
 * What libblkid says of the image, asked as each version of systemd asks it, beside what
 * our own readers made of the same bytes.
 */
struct extension_seen {
	struct recognition image[N_RECOGNIZE_SCOPES];
	struct recognition data[N_RECOGNIZE_SCOPES]; /* of the data partition of a GPT */
	bool has_data;                               /* such a partition was asked for */
	enum ddi_kind own_kind;
	enum filesystem own_filesystem;
};

/*
 * What lies beside an image and is about its hash tree: NAME.verity, NAME.roothash and
 * others, or extended attributes of the image (verity_settings_load(), 257, 262). What is
 * used of it stands where the parts of a GPT would: in ddi.hash and ddi.verity_signature.
 */
struct extension_sidecars {
	const char *hash; /* what says the root hash: a file, or an attribute; or NULL */
	const char
		*signature; /* NAME.roothash.p7s or NAME.usrhash.p7s; looked for with hash
			     */
	const char *tree;   /* NAME.verity */
	bool usr;           /* the root hash is that of /usr */
	bool reach;         /* they are where systemd looks: systemd-stub leaves them */
	bool used;          /* they verify the image */
	const char *broken; /* the one that systemd cannot use, or NULL */
	struct error error; /* why */
	uint8_t root_hash[DIGEST_MAX_SIZE];
	size_t root_hash_size; /* bytes; 0 if it is not known */
	uint8_t *pkcs7;        /* contents of signature, from malloc() */
	size_t pkcs7_size;
};

struct release_candidate {
	const char *path;
	const char *name; /* after "extension-release." */
	const struct node *node;
};

/* Of a versioned directory (NAME.raw.v/), from which systemd takes one entry. */
struct extension_versions {
	const char *directory; /* its name; NULL if the extension is not given so */
	const char *suffix;    /* of the entries: ".raw", ".sysext.raw", ".sysext", "" */
	const char *found;     /* the entries, for messages */
	struct version_choice choice;
	bool needs_version; /* versions of systemd choose differently, and it is not known
			       how this one does */
};

struct extension {
	const char *path;      /* as the user wrote it */
	const char *opened;    /* what is read: path, or an entry of it */
	const char *file_name; /* last component of opened, or what it is judged under */
	unsigned systemd_version; /* of the base, whose rules apply; 0: unknown */
	char *name; /* systemd's image name; NULL if the file is not seen at all */
	char *release_name; /* what its release file is called after; NULL with name */
	enum extension_kind kind;
	bool is_block; /* a block device, whose whole name is that of the image */
	struct extension_versions versions;
	enum extension_class class;
	enum location location;
	uint64_t size; /* bytes of the image file */
	bool empty;

	struct source *source; /* NULL for a directory */
	struct ddi ddi; /* as libblkid decides where both agree that it can be read */
	struct extension_seen seen;
	struct extension_sidecars sidecars;

	bool verity_checked;
	struct verity_report verity;
	struct error
		verity_error;   /* why the tree could not be checked; code 0 otherwise */
	bool root_hash_matches; /* the tree's root is the one that was given for it */
	struct damage *damages; /* where single data blocks are bad */
	size_t n_damages;
	bool damage_in_superblock;
	bool damage_in_mount; /* a bad data block holds tables that the mount reads */
	enum probed damage_probed; /* whether a bad data block is read before the mount */
	struct damage probed;      /* which; path is NULL */

	struct pkcs7 *pkcs7; /* NULL if there is none or it is broken */
	struct error pkcs7_error;

	struct tree *tree; /* NULL if the file system cannot be read */
	struct error tree_error;
	bool tree_unsupported; /* a file system that systemd takes and this program does
				  not read */
	uint64_t bytes_used;   /* of the file system; 0: not known */
	struct squashfs_info squashfs; /* where it is one */
	struct erofs_info erofs;       /* likewise */

	struct release_candidate *candidates; /* all files extension-release.* */
	size_t n_candidates;
	const struct release *release; /* the one that systemd takes, or NULL */
	bool release_ambiguous;        /* two fallbacks */
	bool release_by_fallback;
	/* Where the own class has none: what systemd would take of the other. */
	const struct node *release_of_other_class;
};

/*
 * The image name that systemd gives to a file or directory of this name in a directory of
 * this class (shared/discover-image.c, 252 to 262), from malloc(), or NULL if it is not
 * seen.
 */
char *extension_image_name(const char *file_name, enum extension_kind kind,
			   enum extension_class class, unsigned systemd_version);

/*
 * Whether systemd of this version activates the image's hash tree: with a signature or
 * side cars always, without one since 258, which guesses the root hash (dissect-image.c;
 * 0, unknown, counts as new).
 */
bool extension_uses_verity(const struct extension *extension, unsigned systemd_version);

/*
 * What libblkid says when systemd of this version asks: of the whole image, and of what
 * holds the data. NULL if the versions ask differently, get different answers, and it is
 * not known how this one asks (258 to 261, or 0).
 */
const struct recognition *extension_seen_image(const struct extension *extension,
					       unsigned systemd_version);
const struct recognition *extension_seen_data(const struct extension *extension,
					      unsigned systemd_version);

/* Whether the partitions have the UUIDs that the root hash beside the image asks for. */
bool extension_sidecars_match(const struct extension *extension);

/* How systemd takes an image apart that is recognised so. */
enum ddi_kind recognition_kind(const struct recognition *seen);

/*
 * The name that the release file of a raw image must have, from malloc(), or NULL on
 * -ENOMEM. Until 257 all suffixes of files with disk images are taken off @file_name,
 * again and again (basic/os-util.c, raw_strip_suffixes()); 262 takes the image's @name.
 */
char *extension_release_name(const char *file_name, const char *name,
			     unsigned systemd_version);

/* Whether the versions of systemd disagree on that name. */
bool extension_release_name_differs(const char *file_name, const char *name);

/* basic/os-util.c, image_name_is_valid(). */
bool extension_name_is_valid(const char *name);

/* Whether it is known what this version does about it. */
bool extension_release_name_is_known(unsigned systemd_version);

/* Where an extension will be, and for whom. */
struct extension_place {
	const char *file_name; /* to be judged under; NULL: its own */
	enum location location;
	const char *architecture; /* of the base; NULL: unknown */
	unsigned systemd_version; /* of the base; 0: unknown */
};

/*
 * Reads the extension at @path. Broken bytes are facts in the result; an error is the
 * operating system's word or -ENOMEM.
 */
int extension_read(struct arena *arena, const char *path,
		   const struct extension_place *place, struct extension **ret,
		   struct error *error);
void extension_free(struct extension *extension);
DEFINE_CLEANUP(struct extension *, extension_free);
