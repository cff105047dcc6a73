/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "formats/core/limits.h"
#include "formats/core/path.h"
#include "formats/key-native.h"

struct certificate {
	X509 *native;
	char *subject, *issuer, *serial; /* from malloc() */
	uint8_t fingerprint[DIGEST_SHA256_SIZE];
	int64_t from, until; /* seconds since 1970 */
};

char *name_to_text(const X509_NAME *name)
{
	_cleanup_(BIO_free_allp) BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long size;

	if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0)
		return NULL;
	size = BIO_get_mem_data(bio, &data);
	return strndup(data ? data : "", (size_t)size);
}

char *serial_to_text(const ASN1_INTEGER *serial)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
	char *upper = number ? BN_bn2hex(number) : NULL;
	char *text = upper ? strdup(upper) : NULL;

	BN_free(number);
	OPENSSL_free(upper);
	for (char *c = text; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return text;
}

/*
 * INT64_MIN for a text that is no time: d2i does not look, so systemd takes such
 * certificates.
 */
static int64_t time_to_seconds(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : INT64_MIN;
}

/*
 * As validate_signature_userspace() reads its files: PEM_read_X509(), which takes the
 * first block of that kind and passes over others, and fails if that one cannot be
 * decoded.
 */
static X509 *decode_pem(BIO *bio)
{
	bool asked = false;

	return PEM_read_bio_X509(bio, NULL, passphrase_refuse, &asked);
}

static X509 *decode_der(struct span bytes)
{
	const uint8_t *at = bytes.data;

	return d2i_X509(NULL, &at, (long)bytes.size);
}

/* The block at or behind @from that PEM_read_X509() would choose. */
static bool find_certificate_block(struct span bytes, size_t from, struct pem_block *ret)
{
	while (pem_find(bytes, from, ret)) {
		if (strcmp(ret->label, PEM_STRING_X509) == 0 ||
		    strcmp(ret->label, PEM_STRING_X509_OLD) == 0)
			return true;
		from = ret->at + 1;
	}
	return false;
}

static int decode(struct span bytes, X509 **ret, unsigned *ret_faults,
		  struct error *error)
{
	_cleanup_(BIO_free_allp) BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
	struct pem_block block = {0}, next;
	bool has_block = find_certificate_block(bytes, 0, &block), memory;
	X509 *native = bio ? decode_pem(bio) : NULL;
	const char *reason = libcrypto_reason(&memory);

	if (!bio || (!native && memory))
		return error_memory(error);
	if (!native && has_block)
		return error_bad(error, block.at,
				 "holds a certificate that cannot be decoded: %s",
				 reason);
	if (!native) {
		native = decode_der(bytes);
		ERR_clear_error();
		*ret_faults |= CERTIFICATE_FAULT_DER;
	} else if (find_certificate_block(bytes, block.at + 1, &next)) {
		*ret_faults |= CERTIFICATE_FAULT_SEVERAL;
	}
	if (!native)
		return error_bad(error, 0, "holds %s, expected a certificate",
				 key_file_describe(bytes));
	*ret = native;
	return 0;
}

/* What is asked for later is made now, while failing is still possible. */
static int describe(struct certificate *certificate, struct error *error)
{
	const X509 *native = certificate->native;
	unsigned size;

	certificate->subject = name_to_text(X509_get_subject_name(native));
	certificate->issuer = name_to_text(X509_get_issuer_name(native));
	certificate->serial = serial_to_text(X509_get0_serialNumber(native));
	certificate->from = time_to_seconds(X509_get0_notBefore(native));
	certificate->until = time_to_seconds(X509_get0_notAfter(native));
	if (!certificate->subject || !certificate->issuer || !certificate->serial ||
	    X509_digest(native, EVP_sha256(), certificate->fingerprint, &size) != 1)
		return error_memory(error);
	return 0;
}

static int read_certificate(const struct source *source, struct certificate *certificate,
			    unsigned *ret_faults, struct error *error)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	size_t size;
	int r;

	r = source_read_all(source, LIMIT_KEY, &bytes, &size, error);
	if (r < 0)
		return r;
	r = decode(span_make(bytes, size), &certificate->native, ret_faults, error);
	if (r < 0)
		return r;
	r = describe(certificate, error);
	if (X509_get_extension_flags(certificate->native) & EXFLAG_CA)
		*ret_faults |= CERTIFICATE_FAULT_CA;
	ERR_clear_error();
	return r;
}

int certificate_read(const struct source *source, struct certificate **ret,
		     unsigned *ret_faults, struct error *error)
{
	_cleanup_(certificate_freep) struct certificate *certificate =
		calloc(1, sizeof(*certificate));
	unsigned faults = 0;
	int r;

	if (!certificate)
		return error_memory(error);
	r = read_certificate(source, certificate, &faults, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(certificate);
	*ret_faults = faults;
	return 0;
}

int certificate_encode(const struct certificate *certificate, uint8_t **ret,
		       size_t *ret_size, struct error *error)
{
	int size = i2d_X509(certificate->native, NULL);
	_cleanup_free_ uint8_t *der = size > 0 ? malloc((size_t)size) : NULL;
	uint8_t *to = der;

	if (!der || i2d_X509(certificate->native, &to) != size)
		return error_memory(error);
	*ret = TAKE_PTR(der);
	*ret_size = (size_t)size;
	return 0;
}

void certificate_free(struct certificate *certificate)
{
	if (!certificate)
		return;
	X509_free(certificate->native);
	free(certificate->subject);
	free(certificate->issuer);
	free(certificate->serial);
	free(certificate);
}

const char *certificate_subject(const struct certificate *certificate)
{
	return certificate->subject;
}

const char *certificate_issuer(const struct certificate *certificate)
{
	return certificate->issuer;
}

const char *certificate_serial(const struct certificate *certificate)
{
	return certificate->serial;
}

const uint8_t *certificate_fingerprint(const struct certificate *certificate)
{
	return certificate->fingerprint;
}

void certificate_validity(const struct certificate *certificate, int64_t *ret_from,
			  int64_t *ret_until)
{
	*ret_from = certificate->from;
	*ret_until = certificate->until;
}

X509 *certificate_native(const struct certificate *certificate)
{
	return certificate->native;
}

bool certificate_fits(const struct certificate *certificate,
		      const struct private_key *key)
{
	bool fits =
		X509_check_private_key(certificate->native, private_key_native(key)) == 1;

	ERR_clear_error();
	return fits;
}
