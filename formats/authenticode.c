/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/authenticode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "formats/core/limits.h"
#include "formats/key-native.h"
#include "formats/pkcs7-native.h"

/* SPC_INDIRECT_DATA_OBJID */
#define INDIRECT_DATA  "1.3.6.1.4.1.311.2.1.4"

#define PIECE_SIZE     (256 * KIB)
#define CHECKSUM_SIZE  4
#define DIRECTORY_SIZE 8

DEFINE_CLEANUP(X509_SIG *, X509_SIG_free);

static int add_range(struct digest *digest, const struct source *source, uint64_t from,
		     uint64_t to, uint8_t *piece, struct error *error)
{
	if (to > source_size(source))
		return error_bad(error, from,
				 "bytes %" PRIu64 " to %" PRIu64
				 " are to be digested, the file ends at %" PRIu64,
				 from, to, source_size(source));
	while (from < to) {
		size_t n = (size_t)MIN(to - from, PIECE_SIZE);
		int r = source_read(source, from, piece, n, error);

		if (r < 0)
			return r;
		digest_add(digest, piece, n);
		from += n;
	}
	return 0;
}

/* All but the checksum and the place of the certificate table, which signing changes. */
static int add_headers(struct digest *digest, const struct source *source,
		       const struct pe *pe, uint8_t *piece, struct error *error)
{
	uint64_t at = pe->checksum_at + CHECKSUM_SIZE;
	int r = add_range(digest, source, 0, pe->checksum_at, piece, error);

	if (r == 0 && pe->certificate_entry_at > 0) {
		r = add_range(digest, source, at, pe->certificate_entry_at, piece, error);
		at = pe->certificate_entry_at + DIRECTORY_SIZE;
	}
	if (r < 0)
		return r;
	if (pe->size_of_headers < at)
		return error_bad(error, pe->checksum_at,
				 "headers have %" PRIu32
				 " bytes, expected at least %" PRIu64,
				 pe->size_of_headers, at);
	return add_range(digest, source, at, pe->size_of_headers, piece, error);
}

static int compare_places(const void *a, const void *b)
{
	uint32_t left = (*(const struct pe_section *const *)a)->raw_at;
	uint32_t right = (*(const struct pe_section *const *)b)->raw_at;

	return left < right ? -1 : left > right;
}

/* Sections as they stand in the file, then what is behind them up to the table. */
static int add_sections(struct digest *digest, const struct source *source,
			const struct pe *pe, uint8_t *piece, struct error *error)
{
	_cleanup_free_ const struct pe_section **sorted =
		calloc(pe->n_sections, sizeof(struct pe_section *));
	uint64_t sum = pe->size_of_headers, end;
	int r = 0;

	if (!sorted)
		return error_memory(error);
	for (size_t i = 0; i < pe->n_sections; i++)
		sorted[i] = &pe->sections[i];
	qsort(sorted, pe->n_sections, sizeof(*sorted), compare_places);
	for (size_t i = 0; r == 0 && i < pe->n_sections; i++) {
		uint64_t from = sorted[i]->raw_at, size = sorted[i]->raw_size;

		/* Overlapping sections would be digested again and again. */
		if (sum + size > 2 * source_size(source))
			return error_bad(
				error, from,
				"sections have more bytes than the file: %" PRIu64,
				sum + size);
		r = add_range(digest, source, from, from + size, piece, error);
		sum += size;
	}
	end = source_size(source) - MIN(pe->certificates_size, source_size(source));
	return r == 0 && sum < end ? add_range(digest, source, sum, end, piece, error)
				   : r;
}

int authenticode_digest(const struct source *source, const struct pe *pe,
			const char *algorithm, uint8_t *ret, size_t *ret_size,
			struct error *error)
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	_cleanup_free_ uint8_t *piece = malloc(PIECE_SIZE);
	int r = digest_new(algorithm, &digest, error);

	if (!piece)
		return error_memory(error);
	if (r == 0)
		r = add_headers(digest, source, pe, piece, error);
	if (r == 0)
		r = add_sections(digest, source, pe, piece, error);
	if (r < 0)
		return r;
	digest_finish(digest, ret);
	*ret_size = digest_size(digest);
	return 0;
}

/* The contents of a SEQUENCE at the start of @der; what is behind it is @ret_rest. */
static bool open_sequence(struct span der, struct span *ret, struct span *ret_rest)
{
	const unsigned char *at = der.data;
	long size;
	int tag, class;
	int how = ASN1_get_object(&at, &size, &tag, &class, (long)der.size);

	if (how & 0x80 || !(how & V_ASN1_CONSTRUCTED) || how & 1 ||
	    tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL)
		return false;
	*ret = span_make(at, (size_t)size);
	*ret_rest =
		span_make(at + size, der.size - (size_t)(at - der.data) - (size_t)size);
	return true;
}

/* What the signature is about: SpcIndirectDataContent, without its tag and length. */
static int find_content(PKCS7 *native, struct span *ret, struct error *error)
{
	const PKCS7 *content = native->d.sign->contents;
	char type[80] = "";
	struct span rest;

	(void)OBJ_obj2txt(type, sizeof(type), content->type, 1);
	if (strcmp(type, INDIRECT_DATA) != 0)
		return error_bad(error, ERROR_NO_OFFSET,
				 "signs content of type %s, expected %s "
				 "(SpcIndirectDataContent)",
				 type, INDIRECT_DATA);
	if (!content->d.other || content->d.other->type != V_ASN1_SEQUENCE ||
	    !open_sequence(span_make(content->d.other->value.sequence->data,
				     (size_t)content->d.other->value.sequence->length),
			   ret, &rest))
		return error_bad(error, ERROR_NO_OFFSET,
				 "holds no SpcIndirectDataContent");
	return 0;
}

/* messageDigest, behind the description of the image. */
static int find_digest(struct span content, X509_SIG **ret, struct error *error)
{
	struct span description, rest;
	const unsigned char *at;

	if (open_sequence(content, &description, &rest)) {
		at = rest.data;
		*ret = d2i_X509_SIG(NULL, &at, (long)rest.size);
	}
	return *ret ? 0
		    : error_bad(error, ERROR_NO_OFFSET,
				"SpcIndirectDataContent holds no digest");
}

static int compare_digest(struct arena *arena, const struct source *source,
			  const struct pe *pe, const X509_SIG *stated,
			  struct authenticode_signature *signature, struct error *error)
{
	const X509_ALGOR *algorithm;
	const ASN1_OCTET_STRING *expected;
	const ASN1_OBJECT *object;
	uint8_t digest[DIGEST_MAX_SIZE];
	size_t size;
	int r;

	X509_SIG_get0(stated, &algorithm, &expected);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	signature->algorithm = arena_strdup(arena, OBJ_nid2sn(OBJ_obj2nid(object)));
	if (!signature->algorithm)
		return error_memory(error);
	r = authenticode_digest(source, pe, signature->algorithm, digest, &size, error);
	if (r < 0)
		return r;
	signature->matches = (size_t)ASN1_STRING_length(expected) == size &&
			     memcmp(ASN1_STRING_get0_data(expected), digest, size) == 0;
	return 0;
}

/* Whether the certificates that came with the signature made it. */
static bool verify(const struct pkcs7 *pkcs7, struct span content)
{
	_cleanup_(BIO_free_allp) BIO *bio =
		BIO_new_mem_buf(content.data, (int)content.size);
	bool verified = bio && pkcs7_has_known_digests(pkcs7) &&
			PKCS7_verify(pkcs7_native(pkcs7), NULL, NULL, bio, NULL,
				     PKCS7_BINARY | PKCS7_NOVERIFY) == 1;

	ERR_clear_error();
	return verified;
}

static int keep_text(struct arena *arena, char *text, const char **ret,
		     struct error *error)
{
	*ret = text ? arena_strdup(arena, text) : NULL;
	free(text);
	return *ret ? 0 : error_memory(error);
}

static int read_signer(struct arena *arena, PKCS7 *native, PKCS7_SIGNER_INFO *info,
		       struct authenticode_signer *ret, struct error *error)
{
	STACK_OF(X509) *certificates = native->d.sign->cert;
	X509 *found = X509_find_by_issuer_and_serial(certificates,
						     info->issuer_and_serial->issuer,
						     info->issuer_and_serial->serial);
	int r = keep_text(arena, name_to_text(info->issuer_and_serial->issuer),
			  &ret->issuer, error);

	if (r == 0)
		r = keep_text(arena, serial_to_text(info->issuer_and_serial->serial),
			      &ret->serial, error);
	if (r == 0 && found)
		r = keep_text(arena, name_to_text(X509_get_subject_name(found)),
			      &ret->subject, error);
	return r;
}

static int read_signers(struct arena *arena, PKCS7 *native,
			struct authenticode_signature *signature, struct error *error)
{
	STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(native);
	int n = sk_PKCS7_SIGNER_INFO_num(infos), r = 0;

	signature->signers = arena_array(arena, (size_t)n, sizeof(*signature->signers));
	if (!signature->signers)
		return error_memory(error);
	for (int i = 0; r == 0 && i < n; i++)
		r = read_signer(arena, native, sk_PKCS7_SIGNER_INFO_value(infos, i),
				&signature->signers[signature->n_signers++], error);
	ERR_clear_error();
	return r;
}

static int read_pkcs7(struct arena *arena, const struct source *source,
		      const struct pe *pe, struct span der,
		      struct authenticode_signature *signature, struct error *error)
{
	_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = NULL;
	_cleanup_(X509_SIG_freep) X509_SIG *stated = NULL;
	struct span content = {0};
	int r = pkcs7_parse(der, &pkcs7, error);

	if (r == 0)
		r = read_signers(arena, pkcs7_native(pkcs7), signature, error);
	if (r == 0)
		r = find_content(pkcs7_native(pkcs7), &content, error);
	if (r == 0)
		r = find_digest(content, &stated, error);
	if (r == 0)
		r = compare_digest(arena, source, pe, stated, signature, error);
	ERR_clear_error();
	if (r < 0)
		return r;
	signature->verified = verify(pkcs7, content);
	return 0;
}

static int read_signature(struct arena *arena, const struct source *source,
			  const struct pe *pe, const struct pe_certificate *certificate,
			  struct authenticode_signature *ret, struct error *error)
{
	int r;

	*ret = (struct authenticode_signature){.offset = certificate->offset,
					       .error = ERROR_INIT};
	if (certificate->type != PE_CERTIFICATE_PKCS7 ||
	    certificate->revision != PE_CERTIFICATE_REVISION) {
		error_set_at(&ret->error, -EOPNOTSUPP, certificate->offset,
			     "is of type 0x%x and revision 0x%x, expected 0x%x and 0x%x",
			     certificate->type, certificate->revision,
			     PE_CERTIFICATE_PKCS7, PE_CERTIFICATE_REVISION);
		return 0;
	}
	r = read_pkcs7(arena, source, pe, certificate->data, ret, &ret->error);
	return r < 0 && !error_is_input(r) ? error_set(error, r, "%s", ret->error.message)
					   : 0;
}

int authenticode_read(struct arena *arena, const struct source *source,
		      const struct pe *pe, struct authenticode *ret, struct error *error)
{
	struct authenticode authenticode = {0};
	uint8_t digest[DIGEST_MAX_SIZE];
	size_t size;
	int r = authenticode_digest(source, pe, "sha256", digest, &size, error);

	if (r < 0)
		return r;
	memcpy(authenticode.digest, digest, sizeof(authenticode.digest));
	authenticode.signatures =
		arena_array(arena, pe->n_certificates, sizeof(*authenticode.signatures));
	if (!authenticode.signatures)
		return error_memory(error);
	for (size_t i = 0; i < pe->n_certificates; i++) {
		r = read_signature(arena, source, pe, &pe->certificates[i],
				   &authenticode.signatures[authenticode.n_signatures++],
				   error);
		if (r < 0)
			return r;
	}
	*ret = authenticode;
	return 0;
}
