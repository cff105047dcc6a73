/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <string.h>
#include <sys/xattr.h>

#include "formats/core/digest.h"
#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "sysext-verify/model/extension-parts.h"

/* verity_settings_load(), 257 and 262: /usr is asked for only where nothing is for /. */
static const struct {
	const char *attribute, *hash, *signature;
	bool usr;
} kinds[] = {
	{"user.verity.roothash", ".roothash", ".roothash.p7s", false},
	{"user.verity.usrhash", ".usrhash", ".usrhash.p7s", true},
};

/* The root hash has to be as long as an id; all of it is hexadecimal digits and blanks.
 */
#define MIN_ROOT_HASH 16

/* build_auxiliary_path(): in the directory of the image, ".raw" replaced. */
static char *path_beside(struct arena *arena, const struct extension *extension,
			 const char *suffix)
{
	const char *file_name = extension->file_name;
	size_t size = strlen(file_name);

	if (string_ends_with(file_name, ".raw"))
		size -= strlen(".raw");
	return arena_printf(arena, "%.*s%.*s%s",
			    (int)(path_name(extension->opened) - extension->opened),
			    extension->opened, (int)size, file_name, suffix);
}

/* The first one ends it in systemd. */
static int note_broken(struct extension_sidecars *sidecars, const char *name,
		       const struct error *why)
{
	if (!sidecars->broken) {
		sidecars->broken = name;
		sidecars->error = *why;
	}
	return 0;
}

/*
 * Opens the side car, or gives NULL if there is none. With neither, systemd cannot use
 * it: a directory, for one.
 */
static int open_beside(struct arena *arena, struct extension *extension,
		       const char *suffix, const char **ret_name, struct source **ret,
		       struct error *error)
{
	struct extension_sidecars *sidecars = &extension->sidecars;
	const char *path = path_beside(arena, extension, suffix);
	struct error why = ERROR_INIT;
	int r;

	*ret = NULL;
	if (!path)
		return error_memory(error);
	r = source_open_file(path, ret, &why);
	if (r == -ENOENT)
		return 0;
	if (r < 0 && r != -EISDIR && r != -EINVAL)
		return error_set(error, r, "side car '%s': %s", path, why.message);
	*ret_name = path_name(path);
	if (r == 0)
		return 0;
	return note_broken(sidecars, *ret_name, &why);
}

/* unhexmem() of the first line, as read_one_line_file() gives it. */
static int parse_root_hash(const char *text, size_t size,
			   struct extension_sidecars *sidecars, struct error *error)
{
	char digits[2 * DIGEST_MAX_SIZE + 1];
	size_t n = 0;

	for (size_t i = 0; i < size && text[i] != '\n' && text[i] != '\r'; i++) {
		if (text[i] == ' ' || text[i] == '\t')
			continue;
		if (!isxdigit((unsigned char)text[i]))
			return error_bad(
				error, i,
				"byte %zu is 0x%02x, expected a hexadecimal digit", i,
				(unsigned char)text[i]);
		if (n == 2 * DIGEST_MAX_SIZE)
			return error_bad(error, i,
					 "root hash has more than %d hexadecimal digits",
					 2 * DIGEST_MAX_SIZE);
		digits[n++] = text[i];
	}
	digits[n] = 0;
	if (n % 2 != 0 || n < 2 * MIN_ROOT_HASH)
		return error_bad(error, 0,
				 "root hash has %zu hexadecimal digits, expected an even "
				 "number of at least %d",
				 n, 2 * MIN_ROOT_HASH);
	(void)hex_decode(digits, sidecars->root_hash, n / 2);
	sidecars->root_hash_size = n / 2;
	return 0;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/* dissect_image(), 257 and 262: either half stands for the UUID of a partition. */
static int check_halves(struct extension_sidecars *sidecars, struct error *error)
{
	const uint8_t *last = sidecars->root_hash + sidecars->root_hash_size - 16;

	if (is_zero(sidecars->root_hash, 16) || is_zero(last, 16))
		return error_bad(error, 0,
				 "first or last 16 bytes of the root hash are zero");
	return 0;
}

static void take_root_hash(struct extension_sidecars *sidecars, const char *name,
			   const char *text, size_t size)
{
	struct error why = ERROR_INIT;
	int r = parse_root_hash(text, size, sidecars, &why);

	sidecars->hash = name;
	if (r == 0)
		r = check_halves(sidecars, &why);
	if (r < 0) {
		sidecars->root_hash_size = 0;
		note_broken(sidecars, name, &why);
	}
}

/* The attribute goes before the file. Where there are none, the file decides. */
static bool take_attribute(struct extension *extension, const char *name)
{
	char text[4096];
	uint64_t offset;
	ssize_t size;
	int fd;

	if (source_file(extension->source, &fd, &offset) < 0)
		return false;
	size = fgetxattr(fd, name, text, sizeof(text));
	if (size < 0)
		return false;
	take_root_hash(&extension->sidecars, name, text, (size_t)size);
	return true;
}

static int find_root_hash(struct arena *arena, struct extension *extension, size_t kind,
			  struct error *error)
{
	struct extension_sidecars *sidecars = &extension->sidecars;
	_cleanup_(source_unrefp) struct source *source = NULL;
	_cleanup_free_ uint8_t *text = NULL;
	struct error why = ERROR_INIT;
	size_t size;
	int r;

	sidecars->usr = kinds[kind].usr;
	if (take_attribute(extension, kinds[kind].attribute))
		return 0;
	r = open_beside(arena, extension, kinds[kind].hash, &sidecars->hash, &source,
			error);
	if (r < 0 || !source)
		return r;
	r = source_read_all(source, LIMIT_ROOT_HASH_FILE, &text, &size, &why);
	if (r == -E2BIG)
		return note_broken(sidecars, sidecars->hash, &why);
	if (r < 0)
		return error_set(error, r, "side car '%s': %s", sidecars->hash,
				 why.message);
	take_root_hash(sidecars, sidecars->hash, (const char *)text, size);
	return 0;
}

static int find_signature(struct arena *arena, struct extension *extension,
			  struct error *error)
{
	struct extension_sidecars *sidecars = &extension->sidecars;
	_cleanup_(source_unrefp) struct source *source = NULL;
	struct error why = ERROR_INIT;
	int r = open_beside(arena, extension, kinds[sidecars->usr].signature,
			    &sidecars->signature, &source, error);

	if (r < 0 || !source)
		return r;
	if (source_size(source) == 0) {
		error_bad(&why, 0, "is empty, expected a PKCS#7 in DER");
		return note_broken(sidecars, sidecars->signature, &why);
	}
	r = source_read_all(source, LIMIT_VERITY_SIGNATURE, &sidecars->pkcs7,
			    &sidecars->pkcs7_size, &why);
	if (r == -E2BIG)
		return note_broken(sidecars, sidecars->signature, &why);
	return r < 0 ? error_set(error, r, "side car '%s': %s", sidecars->signature,
				 why.message)
		     : 0;
}

/* From now on the side cars are what the partitions of a GPT would be. */
static int use(struct extension *extension, struct source *tree, struct error *error)
{
	struct extension_sidecars *sidecars = &extension->sidecars;
	struct ddi *ddi = &extension->ddi;
	struct verity_signature *signature = &ddi->verity_signature;
	int r = 0;

	sidecars->used = true;
	verity_signature_done(signature);
	signature->root_hash = malloc(sidecars->root_hash_size);
	if (!signature->root_hash)
		return error_memory(error);
	memcpy(signature->root_hash, sidecars->root_hash, sidecars->root_hash_size);
	signature->root_hash_size = sidecars->root_hash_size;
	ddi->has_signature = sidecars->pkcs7_size > 0;
	signature->pkcs7_size = sidecars->pkcs7_size;
	signature->pkcs7 = TAKE_PTR(sidecars->pkcs7);
	if (!tree)
		return 0;
	ddi->hash.source = source_ref(tree);
	r = verity_read_superblock(tree, &ddi->superblock, &ddi->superblock_error);
	ddi->has_superblock = r == 0;
	return r < 0 && !error_is_input(r)
		       ? error_set(error, r, "side car '%s': %s", sidecars->tree,
				   ddi->superblock_error.message)
		       : 0;
}

/*
 * A bare image is the root: what is said of /usr does not cover it. Of a GPT image the
 * hash tree is its own, and the signature as well if none is beside it.
 */
static bool is_used(const struct extension *extension)
{
	const struct extension_sidecars *sidecars = &extension->sidecars;

	if (!sidecars->reach || sidecars->broken || sidecars->root_hash_size == 0)
		return false;
	if (extension->ddi.kind == DDI_BARE)
		return sidecars->tree && !sidecars->usr;
	return extension_sidecars_match(extension) && sidecars->pkcs7_size > 0;
}

bool extension_sidecars_match(const struct extension *extension)
{
	const struct extension_sidecars *sidecars = &extension->sidecars;
	const struct ddi *ddi = &extension->ddi;
	const uint8_t *hash = sidecars->root_hash;
	enum partition_role role = sidecars->usr ? PARTITION_USR : PARTITION_ROOT;

	return ddi->data.partition && ddi->data.type && ddi->data.type->role == role &&
	       ddi->hash.partition && sidecars->root_hash_size >= MIN_ROOT_HASH &&
	       memcmp(ddi->data.partition->uuid.bytes, hash, 16) == 0 &&
	       memcmp(ddi->hash.partition->uuid.bytes,
		      hash + sidecars->root_hash_size - 16, 16) == 0;
}

int extension_read_sidecars(struct arena *arena, struct extension *extension,
			    struct error *error)
{
	struct extension_sidecars *sidecars = &extension->sidecars;
	_cleanup_(source_unrefp) struct source *tree = NULL;
	int r = 0;

	sidecars->error = (struct error)ERROR_INIT;
	/* verity_settings_load() passes over device nodes. */
	sidecars->reach =
		!location_is_of_stub(extension->location) && !extension->is_block;
	for (size_t i = 0; r == 0 && !sidecars->hash && i < ARRAY_SIZE(kinds); i++)
		r = find_root_hash(arena, extension, i, error);
	if (r == 0 && sidecars->hash)
		r = find_signature(arena, extension, error);
	if (r == 0)
		r = open_beside(arena, extension, ".verity", &sidecars->tree, &tree,
				error);
	/* Without a root hash systemd never opens the tree, whatever it is. */
	if (sidecars->tree && sidecars->broken == sidecars->tree && !sidecars->hash)
		sidecars->broken = NULL;
	if (r < 0 || !is_used(extension))
		return r;
	return use(extension, tree, error);
}
