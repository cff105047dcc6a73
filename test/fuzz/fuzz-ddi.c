/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "sysext-verify/model/extension.h"
#include "test/fuzz/fuzz.h"

static void touch_tree(const struct tree *tree)
{
	TREE_FOREACH(node, tree) {
		fuzz_touch_string(node->entry.path);
		fuzz_touch_string(node->entry.target);
		fuzz_touch_string(node->interpreter);
		if (node->elf_error)
			fuzz_check(node->elf_error->code, node->elf_error);
		if (node->entry.content)
			fuzz_touch_source(node->entry.content);
	}
}

static void touch_extension(const struct extension *extension)
{
	const struct verity_signature *signature = &extension->ddi.verity_signature;

	fuzz_touch_string(filesystem_name(extension->ddi.filesystem));
	for (size_t i = 0; i < extension->ddi.gpt.n_partitions; i++)
		fuzz_touch_string(extension->ddi.gpt.partitions[i].label);
	if (extension->ddi.has_signature) {
		fuzz_touch(signature->root_hash, signature->root_hash_size);
		fuzz_touch(signature->pkcs7, signature->pkcs7_size);
	}
	fuzz_check(extension->tree_error.code, &extension->tree_error);
	fuzz_check(extension->verity_error.code, &extension->verity_error);
	fuzz_check(extension->pkcs7_error.code, &extension->pkcs7_error);
	for (size_t i = 0; i < extension->n_damages; i++)
		fuzz_touch_string(extension->damages[i].path);
	for (size_t i = 0; i < extension->n_candidates; i++)
		fuzz_touch_string(extension->candidates[i].path);
	if (extension->tree)
		touch_tree(extension->tree);
}

/* What a model is made of: everything that the validator would tell. */
static int answer_of(const struct extension *extension)
{
	if (extension->tree_unsupported)
		return -EOPNOTSUPP;
	if (extension->tree_error.code < 0)
		return extension->tree_error.code;
	if (extension->verity_error.code < 0)
		return extension->verity_error.code;
	if (extension->pkcs7_error.code < 0)
		return extension->pkcs7_error.code;
	if (extension->ddi.gpt.primary.code < 0 || extension->ddi.gpt.backup.code < 0)
		return -EBADMSG;
	return extension->tree && extension->n_damages == 0 ? 0 : -EBADMSG;
}

static void read_image(const uint8_t *data, size_t size)
{
	_cleanup_(extension_freep) struct extension *extension = NULL;
	_cleanup_(arena_freep) struct arena *arena = arena_new();
	_cleanup_close_ int fd = memfd_create("image", MFD_CLOEXEC);
	struct error error = ERROR_INIT;
	const struct extension_place place = {.file_name = "image.raw",
					      .location = LOCATION_ESP,
					      .architecture = "x86-64",
					      .systemd_version = 257};
	char path[32];
	int r;

	if (!arena || fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = extension_read(arena, path, &place, &extension, &error);
	if (r < 0)
		abort();
	fuzz_answer(answer_of(extension), false);
	touch_extension(extension);
}

/*
 * Partition table, hash tree, signature and file system at once, as the validator reads
 * them.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *mended = malloc(size + 1);

	if (!mended)
		abort();
	if (size > 0)
		memcpy(mended, data, size);
	(void)fuzz_mend_gpt(mended, size);
	read_image(mended, size);
	return 0;
}
