/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The list of certificates that a kernel trusts from the start.
 *
 * certs/system_certificates.S (6.12, 7.2): the certificates one behind the other, of
 * which the first may be that of the modules; with CONFIG_SYSTEM_EXTRA_CERTIFICATE a gap
 * of zeros and the number of bytes used in it; then, at a multiple of 8, the size of the
 * list and that of the certificate of the modules, each a long. No symbol says where it
 * is, so it is known by its sizes: a run of certificates, and behind it two numbers that
 * say how long it and its first one are.
 */

#include <string.h>

#include "formats/core/limits.h"
#include "formats/elfinfo.h"
#include "formats/kernel-native.h"

#define LIST_ALIGNMENT 8
#define SMALLEST       256 /* certs/system_keyring.c: "more than 256 bytes" */
#define SEQUENCE_SIZE  4   /* 30 82 and the length */

/* The gap for CONFIG_SYSTEM_EXTRA_CERTIFICATE_SIZE; 4096 unless somebody changed it. */
#define LARGEST_GAP    (64 * KIB)

/* What looking may cost, in certificates and words for each byte of the image. */
#define STEPS_A_BYTE   4

/* certs/system_keyring.c, certs/blacklist.c: in the kernel if that code is. */
static const char text_trusted[] = ".builtin_trusted_keys";
static const char text_revoked[] = "Loading compiled-in revocation X.509 certificates";

struct list {
	size_t at, size; /* bytes, in the image */
	size_t n;        /* certificates */
	bool modules;    /* its first one is that of the modules */
};

struct search {
	struct span image;
	size_t word_size; /* bytes of a long */
	bool big_endian;
	uint64_t steps, allowed;
	struct list strong, weak; /* the last of each kind */
	size_t n_strong, n_weak;
};

static uint64_t word(const struct search *search, size_t at)
{
	uint64_t value = 0;

	if (at > search->image.size || search->image.size - at < search->word_size)
		return 0;
	for (size_t i = 0; i < search->word_size; i++)
		value = value << 8 |
			search->image.data[at + (search->big_endian
							 ? i
							 : search->word_size - 1 - i)];
	return value;
}

/* The bytes of the certificate that begins here; 0 if there is none. */
static size_t certificate_size(const struct search *search, size_t at)
{
	const uint8_t *bytes = search->image.data + at;
	size_t left = search->image.size - at, size;

	if (left < SMALLEST || bytes[0] != 0x30 || bytes[1] != 0x82)
		return 0;
	size = SEQUENCE_SIZE + ((size_t)bytes[2] << 8 | bytes[3]);
	return size >= SMALLEST && size <= left ? size : 0;
}

static size_t align(size_t at)
{
	return (at + LIST_ALIGNMENT - 1) / LIST_ALIGNMENT * LIST_ALIGNMENT;
}

/* Whether the two sizes stand at @at. */
static bool check_sizes(struct search *search, size_t at, struct list list, size_t first)
{
	uint64_t modules;

	if (word(search, at) != list.size)
		return false;
	/* module_cert_size has an alignment of its own */
	modules = word(search, align(at + search->word_size));
	if (modules != 0 && modules != first)
		return false;
	list.modules = modules != 0;
	if (list.modules) {
		search->strong = list;
		search->n_strong++;
	} else {
		search->weak = list;
		search->n_weak++;
	}
	return true;
}

/* Looks behind the gap for one more certificate, whose last word says what is used. */
static bool check_behind_gap(struct search *search, size_t at, const struct list *list,
			     size_t first)
{
	size_t end = MIN(search->image.size, at + LARGEST_GAP);
	bool used = false;

	for (; at < end; at += LIST_ALIGNMENT) {
		search->steps++;
		if (check_sizes(search, at, *list, first))
			return true;
		if (word(search, at) == 0)
			continue;
		if (used)
			return false;
		used = true;
	}
	return false;
}

/* Walks over the certificates from @at on; the size may follow any of them. */
static void look_at(struct search *search, size_t at)
{
	struct list list = {.at = at};
	size_t first = certificate_size(search, at), size = first;

	while (size > 0 && search->steps < search->allowed &&
	       list.n < LIMIT_KERNEL_CERTS) {
		search->steps++;
		list.size += size;
		list.n++;
		at = align(list.at + list.size);
		if (check_sizes(search, at, list, first))
			return;
		size = certificate_size(search, list.at + list.size);
		if (size == 0)
			(void)check_behind_gap(search, at, &list, first);
	}
}

static bool has_text(const struct search *search, const char *text)
{
	return memmem(search->image.data, search->image.size, text, strlen(text));
}

/*
 * The list without a certificate of modules has the form of the list of revoked ones too,
 * and these are what is not trusted.
 */
static int choose(const struct search *search, struct list *ret, struct error *error)
{
	bool weak = search->n_strong == 0 && search->n_weak == 1 &&
		    !has_text(search, text_revoked);

	if (search->n_strong == 1 || weak) {
		*ret = weak ? search->weak : search->strong;
		return 0;
	}
	return error_set(
		error, -EOPNOTSUPP,
		search->n_strong + search->n_weak == 0
			? "loads certificates of its own, but none are found in it"
			: "loads certificates of its own, but several places in it "
			  "look like their list");
}

static int find_list(struct search *search, struct list *ret, struct error *error)
{
	if (!has_text(search, text_trusted))
		return error_set(error, -ENODATA, "trusts no certificates of its own");
	for (size_t at = 0; at < search->image.size; at += LIST_ALIGNMENT) {
		look_at(search, at);
		if (search->steps >= search->allowed)
			return error_set(error, -EOPNOTSUPP,
					 "has too many bytes that look like certificates "
					 "to tell which are");
	}
	return choose(search, ret, error);
}

static int copy_list(const struct search *search, const struct list *list,
		     struct arena *arena, struct kernel_certificates *ret,
		     struct error *error)
{
	struct kernel_certificates certificates = {.n_certificates = list->n,
						   .modules = list->modules};
	const uint8_t *at =
		arena_memdup(arena, search->image.data + list->at, list->size);

	certificates.certificates =
		arena_array(arena, list->n, sizeof(*certificates.certificates));
	if (!at || !certificates.certificates)
		return error_memory(error);
	for (size_t i = 0; i < list->n; i++) {
		size_t size = SEQUENCE_SIZE + ((size_t)at[2] << 8 | at[3]);

		certificates.certificates[i] = span_make(at, size);
		at += size;
	}
	*ret = certificates;
	return 0;
}

int kernel_read_certificates(struct kernel *kernel, struct arena *arena,
			     struct kernel_certificates *ret, struct error *error)
{
	struct search search = {.word_size = 8};
	struct list list = {0};
	int r = kernel_image_bytes(kernel, &search.image, error);

	if (r < 0)
		return r;
	search.allowed = STEPS_A_BYTE * (uint64_t)search.image.size;
	if (elf_probe(search.image) && search.image.size > EI_DATA) {
		if (search.image.data[EI_CLASS] == ELFCLASS32)
			search.word_size = 4;
		search.big_endian = search.image.data[EI_DATA] == ELFDATA2MSB;
	}
	r = find_list(&search, &list, error);
	return r < 0 ? r : copy_list(&search, &list, arena, ret, error);
}
