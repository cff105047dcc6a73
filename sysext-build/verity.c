/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The hash tree. Salt and UUID follow from the data, so that the same data give the same
 * bytes, and two extensions never share a salt.
 */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "formats/verity.h"
#include "sysext-build/stages.h"

#define HASH_BLOCK_SIZE 4096

struct uuid uuid_derive(const char *purpose, const uint8_t *seed, size_t seed_size)
{
	uint8_t input[128] = {0}, digest[DIGEST_SHA256_SIZE];
	size_t purpose_size = strnlen(purpose, 64);
	struct uuid uuid;

	memcpy(input, purpose, purpose_size);
	memcpy(input + 64, seed, MIN(seed_size, sizeof(input) - 64));
	digest_sha256(input, sizeof(input), digest);
	memcpy(uuid.bytes, digest, sizeof(uuid.bytes));
	/* RFC 9562, section 5.4: version 4, variant 10. */
	uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40);
	uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
	return uuid;
}

static void derive_salt(const uint8_t data_digest[DIGEST_SHA256_SIZE],
			uint8_t salt[DIGEST_SHA256_SIZE])
{
	static const char label[] = "sysext-build verity salt";
	uint8_t input[sizeof(label) + DIGEST_SHA256_SIZE];

	memcpy(input, label, sizeof(label));
	memcpy(input + sizeof(label), data_digest, DIGEST_SHA256_SIZE);
	digest_sha256(input, sizeof(input), salt);
}

static int digest_data(struct sink *sink, uint64_t size, uint8_t *digest,
		       struct error *error)
{
	_cleanup_(source_unrefp) struct source *whole = NULL, *data = NULL;
	int r;

	r = sink_source(sink, &whole, error);
	if (r == 0)
		r = source_slice(whole, 0, size, &data, error);
	return r < 0 ? r : digest_sha256_source(data, digest, error);
}

/* The partition has whole blocks. */
static int measure(struct hash_tree *tree, struct error *error)
{
	struct stat status;

	if (fstat(tree->fd, &status) < 0)
		return error_set(error, -errno, "cannot tell the size: %s",
				 strerror(errno));
	tree->size = ((uint64_t)status.st_size + HASH_BLOCK_SIZE - 1) / HASH_BLOCK_SIZE *
		     HASH_BLOCK_SIZE;
	if (ftruncate(tree->fd, (off_t)tree->size) < 0)
		return error_set(error, -errno, "cannot pad: %s", strerror(errno));
	return 0;
}

int hash_tree_make(struct sink *sink, uint64_t data_size, struct hash_tree *ret,
		   struct error *error)
{
	uint8_t digest[DIGEST_SHA256_SIZE], salt[DIGEST_SHA256_SIZE];
	struct hash_tree tree = {.fd = memfd_create("hash-tree", MFD_CLOEXEC)};
	_cleanup_close_ int fd = tree.fd;
	char path[32];
	struct uuid uuid;
	int r;

	if (fd < 0)
		return error_set(error, -errno,
				 "cannot make a file in memory for the hash tree: %s",
				 strerror(errno));
	r = digest_data(sink, data_size, digest, error);
	if (r < 0)
		return r;
	derive_salt(digest, salt);
	uuid = uuid_derive("sysext-build verity uuid", digest, sizeof(digest));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = verity_write(sink_path(sink), data_size, path, &uuid, salt, sizeof(salt),
			 tree.root_hash, error);
	if (r == 0)
		r = measure(&tree, error);
	if (r < 0)
		return error_wrap(error, r, "hash tree");
	*ret = tree;
	(void)TAKE_FD(fd);
	return 0;
}

void hash_tree_done(struct hash_tree *tree)
{
	cleanup_closep(&tree->fd);
	tree->fd = -1;
}
