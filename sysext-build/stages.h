/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The builder on one page: each stage turns one struct into the next.
 *
 *   manifest -> gather -> resolve -> activate -> normalize -> pack -> verity -> sign ->
 * assemble
 *            -> publish
 *
 * Every stage returns 0 or a negative errno with words that name the file to blame; what
 * it allocates lives in the arena it is given. Nothing has a name on disk before
 * publish() is done.
 */

#include <stdio.h>

#include "formats/core/arena.h"
#include "formats/core/sink.h"
#include "formats/key.h"
#include "formats/partition-type.h"
#include "sysext-build/donor.h"
#include "sysext-build/selection.h"
#include "sysext-verify/model/base.h"
#include "sysext-verify/model/extension.h"

/* manifest: what the user asked for. */

struct manifest_item {
	const char *value;
	unsigned line; /* from 1; 0 for a default */
};

struct manifest_list {
	struct manifest_item *items;
	size_t n_items;
};

struct image_settings {
	const char *compression; /* as mksquashfs calls it: "zstd" */
	unsigned level;          /* 0: that of mksquashfs */
	uint32_t block_size;     /* bytes, a power of two from 4 KiB to 1 MiB */
};

struct manifest {
	const char *path;
	const char *directory; /* the one that Tree= is relative to */
	struct manifest_item name;
	struct manifest_item id, version_id, level, scope,
		architecture; /* value NULL: not set */
	struct manifest_list packages, files, trees, excludes;
	struct manifest_list starts;
	struct manifest_item target;
	struct image_settings image;
};

/*
 * -EBADMSG with the line for everything that is not a known section, key or value; errors
 * of opening and of ini_read().
 */
int manifest_read(struct arena *arena, const char *path, struct manifest **ret,
		  struct error *error);

/* The nearest of @n_words by edit distance, or NULL if none is near. */
const char *nearest_word(const char *word, const char *const *words, size_t n_words);

/*
 * What the extension says of itself, after the base has filled in what the manifest left
 * open.
 */
struct identity {
	const char *name, *id, *version_id, *level, *scope, *architecture;
};

/* -EINVAL if neither the manifest nor the base says it. */
int identity_decide(const struct manifest *manifest, const struct base *base,
		    struct identity *ret, struct error *error);

/*
 * -EINVAL unless systemd finds the release file of @identity in an image called as the
 * last component of @output: NAME.raw, NAME.sysext.raw, NAME_VERSION.raw.
 */
int identity_check_output(const struct identity *identity, const char *output,
			  struct error *error);

/*
 * gather: the files that the manifest names. -EEXIST for one that would replace a base's
 * file.
 */
int gather(const struct manifest *manifest, struct donor *donor,
	   struct selection *selection, struct error *error);

/*
 * resolve: adds from the donor what the selected files need and nobody has, until nothing
 * is missing. -ENODATA if the donor lacks it too.
 */
int resolve(const struct manifest *manifest, struct donor *donor,
	    struct selection *selection, struct error *error);

/*
 * activate: adds the release file and the links that start units. -ENODATA for an unknown
 * unit.
 */
int activate(const struct manifest *manifest, const struct identity *identity,
	     struct selection *selection, struct error *error);

/*
 * normalize: owners, modes, times and attributes that do not depend on who builds when.
 * -EACCES for a file that cannot be read.
 */
int normalize(struct selection *selection, int64_t mtime, struct error *error);

/*
 * pack: the squashfs image of @tree at the start of @sink; its size is a multiple of
 * 4096.
 */
int pack(const struct tree *tree, const struct image_settings *settings, int64_t mtime,
	 struct sink *sink, uint64_t *ret_size, struct error *error);

/* The squashfs options that mksquashfs would refuse. -EINVAL, without a place. */
int pack_check_settings(const struct image_settings *settings, struct error *error);

#define ROOT_HASH_SIZE DIGEST_SHA256_SIZE

/* verity: the hash tree over the first @data_size bytes of the sink. */
struct hash_tree {
	int fd;        /* holds superblock and tree from offset 0 */
	uint64_t size; /* bytes, a multiple of 4096 */
	uint8_t root_hash[ROOT_HASH_SIZE];
};

int hash_tree_make(struct sink *sink, uint64_t data_size, struct hash_tree *ret,
		   struct error *error);
void hash_tree_done(struct hash_tree *tree);

/*
 * sign: the key pair, tried before the work begins, and the contents of the signature
 * partition.
 */
struct signer {
	struct private_key *key;
	struct certificate *certificate;
};

int signer_open(const char *key_path, const char *certificate_path, struct signer *ret,
		struct error *error);
void signer_done(struct signer *signer);

/* @ret from malloc(), a multiple of 4096 bytes. */
int sign_root_hash(const struct signer *signer, const uint8_t root_hash[ROOT_HASH_SIZE],
		   uint8_t **ret, size_t *ret_size, struct error *error);

/* A UUID (version 4 bits) that follows from @purpose and @seed alone. */
struct uuid uuid_derive(const char *purpose, const uint8_t *seed, size_t seed_size);

/* assemble: moves the data up and puts tables, hash tree and signature around it. */
int assemble(struct sink *sink, const char *architecture, uint64_t data_size,
	     const struct hash_tree *tree, const uint8_t *signature,
	     size_t signature_size, struct error *error);

/* What the checks said of a finished image. */
struct publication {
	bool passed;  /* nothing speaks against it: it has its name */
	bool trusted; /* the base itself says whom it trusts, so that it is known to merge
		       */
	bool works;   /* known to work */
};

/*
 * publish: judges the bytes on disk with every check of sysext-verify and gives the file
 * its name only if they pass. Findings are printed to @out.
 */
int publish(struct sink *sink, const char *output, const char *certificate_path,
	    const struct base *base, FILE *out, struct publication *ret,
	    struct error *error);

/* --dry-run: what would be shipped and what is left out, each with its reason. */
void listing_print(const struct selection *selection, FILE *out);
