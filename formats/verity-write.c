/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libcryptsetup.h>
#include <stdio.h>

#include "formats/core/digest.h"
#include "formats/verity.h"

#define BLOCK_SIZE 4096u /* bytes */

/* The last error line of libcryptsetup, which would otherwise print it. */
struct log {
	char line[256];
};

static void keep_line(int level, const char *message, void *context)
{
	struct log *log = context;

	if (level != CRYPT_LOG_ERROR)
		return;
	(void)snprintf(log->line, sizeof(log->line), "%.*s", (int)strcspn(message, "\n"),
		       message);
}

static void free_device(struct crypt_device **device)
{
	crypt_free(*device);
}

static int fail(const struct log *log, int code, const char *what, struct error *error)
{
	/*
	 * The reason with a number of its own says more than libcryptsetup's translation
	 * of it.
	 */
	return error_set(error, code, "%s: %s%s%s", what, strerror(-code),
			 *log->line ? ": " : "", log->line);
}

int verity_write(const char *data_path, uint64_t data_size, const char *hash_path,
		 const struct uuid *uuid, const uint8_t *salt, size_t salt_size,
		 uint8_t *ret_root_hash, struct error *error)
{
	struct crypt_params_verity parameters = {
		.hash_name = "sha256",
		.data_device = data_path,
		.salt = (const char *)salt,
		.salt_size = (uint32_t)salt_size,
		.hash_type = 1,
		.data_block_size = BLOCK_SIZE,
		.hash_block_size = BLOCK_SIZE,
		.data_size = data_size / BLOCK_SIZE,
		.flags = CRYPT_VERITY_CREATE_HASH,
	};
	_cleanup_(free_device) struct crypt_device *device = NULL;
	size_t hash_size = DIGEST_SHA256_SIZE;
	struct log log = {0};
	char text[37];
	int r;

	if (data_size == 0 || data_size % BLOCK_SIZE != 0)
		return error_set(error, -EINVAL,
				 "data has %llu bytes, must be a multiple of %u",
				 (unsigned long long)data_size, BLOCK_SIZE);
	r = crypt_init(&device, hash_path);
	if (r < 0)
		return fail(&log, r, "cannot open the hash file", error);
	crypt_set_log_callback(device, keep_line, &log);
	uuid_format(uuid, text);
	r = crypt_format(device, CRYPT_VERITY, NULL, NULL, text, NULL, 0, &parameters);
	if (r < 0)
		return fail(&log, r, "cannot write the hash tree", error);
	r = crypt_volume_key_get(device, CRYPT_ANY_SLOT, (char *)ret_root_hash,
				 &hash_size, NULL, 0);
	if (r < 0)
		return fail(&log, r, "cannot get the root hash", error);
	return 0;
}
