/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/pkcs7.h"

#include <inttypes.h>
#include <limits.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>

#include "formats/core/limits.h"
#include "formats/key-native.h"
#include "formats/pkcs7-native.h"

struct pkcs7 {
	PKCS7 *native;
	unsigned faults;
	struct pkcs7_signer *signers;
	size_t n_signers;
};

DEFINE_CLEANUP(PKCS7 *, PKCS7_free);

PKCS7 *pkcs7_native(const struct pkcs7 *pkcs7)
{
	return pkcs7->native;
}

static const char *type_name(const ASN1_OBJECT *type)
{
	int id = type ? OBJ_obj2nid(type) : NID_undef;

	return id == NID_undef ? "unknown" : OBJ_nid2ln(id);
}

/* "SHA256", or the dotted form of an algorithm that libcrypto has no name for; malloc().
 */
static char *algorithm_to_text(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object = NULL;
	char dotted[80];
	int id;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	id = object ? OBJ_obj2nid(object) : NID_undef;
	if (id != NID_undef)
		return strdup(OBJ_nid2sn(id));
	if (!object || OBJ_obj2txt(dotted, sizeof(dotted), object, 1) <= 0)
		return strdup("unknown");
	return strdup(dotted);
}

/* What libcrypto reads as CMS only. Words for both readers' sake: the kernel may read it.
 */
static bool is_cms(struct span der)
{
	const uint8_t *at = der.data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.size);
	bool is = cms && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed;

	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return is;
}

static int decode(struct span der, PKCS7 **ret, size_t *ret_size, struct error *error)
{
	_cleanup_(PKCS7_freep) PKCS7 *native = NULL;
	const uint8_t *at = der.data;
	const char *reason;
	bool memory;

	if (der.size == 0)
		return error_bad(error, 0, "is empty, expected PKCS#7 signedData in DER");
	if (der.size > LIMIT_VERITY_SIGNATURE)
		return error_set(error, -E2BIG,
				 "has %zu bytes, at most %" PRIu64 " are read", der.size,
				 LIMIT_VERITY_SIGNATURE);
	native = d2i_PKCS7(NULL, &at, (long)der.size);
	reason = libcrypto_reason(&memory);
	if (!native && memory)
		return error_memory(error);
	if (!native && is_cms(der))
		return error_set_at(error, -EOPNOTSUPP, 0,
				    "is CMS that PKCS#7 cannot say, such as a signer "
				    "named by subjectKeyIdentifier: systemd cannot read "
				    "it; expected a signer named by issuer and serial");
	if (!native)
		return error_bad(error, 0, "is no PKCS#7 in DER: %s", reason);
	if (!PKCS7_type_is_signed(native) || !native->d.sign)
		return error_bad(error, 0,
				 "holds PKCS#7 '%s', expected 'pkcs7-signedData'",
				 type_name(native->type));
	*ret = TAKE_PTR(native);
	*ret_size = (size_t)(at - der.data);
	return 0;
}

static int read_signer(struct pkcs7 *pkcs7, PKCS7_SIGNER_INFO *info,
		       struct pkcs7_signer *signer, struct error *error)
{
	char *issuer = name_to_text(info->issuer_and_serial->issuer);
	char *serial = serial_to_text(info->issuer_and_serial->serial);
	char *digest = algorithm_to_text(info->digest_alg);

	*signer = (struct pkcs7_signer){issuer, serial, digest};
	if (!issuer || !serial || !digest)
		return error_memory(error);
	if (sk_X509_ATTRIBUTE_num(info->auth_attr) > 0)
		pkcs7->faults |= PKCS7_FAULT_ATTRIBUTES;
	return 0;
}

static int read_signers(struct pkcs7 *pkcs7, struct error *error)
{
	STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(pkcs7->native);
	int n = sk_PKCS7_SIGNER_INFO_num(infos), r;

	if (n <= 0)
		return error_bad(error, 0, "has no signer, expected at least 1");
	pkcs7->signers = calloc((size_t)n, sizeof(*pkcs7->signers));
	if (!pkcs7->signers)
		return error_memory(error);
	for (int i = 0; i < n; i++) {
		pkcs7->n_signers++;
		r = read_signer(pkcs7, sk_PKCS7_SIGNER_INFO_value(infos, i),
				&pkcs7->signers[i], error);
		if (r < 0)
			return r;
	}
	return 0;
}

int pkcs7_parse(struct span der, struct pkcs7 **ret, struct error *error)
{
	_cleanup_(pkcs7_freep) struct pkcs7 *pkcs7 = calloc(1, sizeof(*pkcs7));
	size_t size = 0;
	int r;

	if (!pkcs7)
		return error_memory(error);
	r = decode(der, &pkcs7->native, &size, error);
	if (r < 0)
		return r;
	if (size < der.size)
		pkcs7->faults |= PKCS7_FAULT_TRAILING;
	if (!PKCS7_get_detached(pkcs7->native))
		pkcs7->faults |= PKCS7_FAULT_CONTENT;
	r = read_signers(pkcs7, error);
	ERR_clear_error();
	if (r < 0)
		return r;
	*ret = TAKE_PTR(pkcs7);
	return 0;
}

void pkcs7_free(struct pkcs7 *pkcs7)
{
	if (!pkcs7)
		return;
	PKCS7_free(pkcs7->native);
	for (size_t i = 0; i < pkcs7->n_signers; i++) {
		free((char *)pkcs7->signers[i].issuer);
		free((char *)pkcs7->signers[i].serial);
		free((char *)pkcs7->signers[i].digest);
	}
	free(pkcs7->signers);
	free(pkcs7);
}

unsigned pkcs7_faults(const struct pkcs7 *pkcs7)
{
	return pkcs7->faults;
}

size_t pkcs7_n_signers(const struct pkcs7 *pkcs7)
{
	return pkcs7->n_signers;
}

const struct pkcs7_signer *pkcs7_signer_at(const struct pkcs7 *pkcs7, size_t at)
{
	return &pkcs7->signers[at];
}
