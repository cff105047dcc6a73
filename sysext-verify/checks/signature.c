/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

/*
 * A signature that does not verify is left aside in trusted directories since this
 * version.
 */
#define SYSTEMD_FALLS_BACK 258

/* Whether an image with a bad signature is refused, and not only mounted as unsigned. */
static bool must_verify(const struct subject *subject)
{
	unsigned version = subject->base->systemd_version;

	return location_is_strict(subject->extension->location) || version == 0 ||
	       version < SYSTEMD_FALLS_BACK;
}

static void run_broken(const struct check *check, const struct subject *subject,
		       struct report *report)
{
	const struct extension *extension = subject->extension;
	const struct ddi *ddi = &extension->ddi;

	if (extension->sidecars.used && ddi->has_signature) {
		if (!extension->pkcs7)
			report_add(report, check, "", "'%s': signature %s",
				   extension->sidecars.signature,
				   extension->pkcs7_error.message);
		return;
	}
	if (!ddi->signature.source)
		return;
	if (!ddi->has_signature)
		report_add(report, check, "", "partition %u: %s",
			   ddi->signature.partition->number,
			   ddi->signature_error.message);
	else if (!extension->pkcs7)
		report_add(report, check, "", "partition %u: signature %s",
			   ddi->signature.partition->number,
			   extension->pkcs7_error.message);
}

static void run_untrusted(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct trust *trust = subject->trust;

	if (must_verify(subject) && trust->state == TRUST_UNTRUSTED)
		report_add(
			report, check, "",
			"is signed by the certificate of issuer '%s' with serial number "
			"%s, the base trusts %s",
			trust->signer_issuer, trust->signer_serial, trust->known);
}

static void run_unknown(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct trust *trust = subject->trust;

	if (must_verify(subject) && trust->state == TRUST_UNKNOWN)
		report_unknown(
			report, check, "",
			"is signed by the certificate of issuer '%s' with serial "
			"number %s, and the base has no certificate in verity.d: does "
			"the kernel's keyring hold it?",
			trust->signer_issuer, trust->signer_serial);
}

static void run_wrong(const struct check *check, const struct subject *subject,
		      struct report *report)
{
	const struct trust *trust = subject->trust;

	if (must_verify(subject) && trust->state == TRUST_BAD)
		report_add(
			report, check, "",
			"signature does not verify with '%s' (%s), whose name it bears: %s",
			trust->certificate_path, trust->certificate_subject,
			trust->error.message);
}

static void run_not_used(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	const struct trust *trust = subject->trust;

	if (!must_verify(subject) &&
	    (trust->state == TRUST_UNTRUSTED || trust->state == TRUST_BAD ||
	     trust->state == TRUST_UNKNOWN))
		report_add(
			report, check, "",
			"signature of issuer '%s', serial number %s, does not verify with "
			"a certificate of the base, and '%s' takes unsigned images",
			trust->signer_issuer, trust->signer_serial,
			location_directory(subject->extension->location));
}

static void run_by_option(const struct check *check, const struct subject *subject,
			  struct report *report)
{
	const struct trust *trust = subject->trust;

	if (trust->state == TRUST_YES && trust->from_option)
		report_add(report, check, "",
			   "is trusted through '%s' (%s), which is not in the base",
			   trust->certificate_path, trust->certificate_subject);
}

static void run_content(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct pkcs7 *pkcs7 = subject->extension->pkcs7;

	if (pkcs7 && pkcs7_faults(pkcs7) & PKCS7_FAULT_CONTENT)
		report_add(report, check, "",
			   "signature holds its content, expected a detached one");
}

static void run_certificate(const struct check *check, const struct subject *subject,
			    struct report *report)
{
	const struct base *base = subject->base;

	for (size_t i = 0; i < base->n_certificates; i++)
		if (!base->certificates[i].certificate)
			report_add(report, check, base->certificates[i].path, "%s",
				   base->certificates[i].error.message);
}

static void run_ignored(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct base *base = subject->base;

	for (size_t i = 0; i < base->n_verity_d_ignored; i++)
		report_add(report, check, base->verity_d_ignored[i],
			   "does not end in '.crt', so that systemd does not read it");
}

#define NEEDS_SIGNED (NEEDS_EXTENSION | NEEDS_RAW | NEEDS_PARTS | NEEDS_SIGNATURE)
#define SOURCE_VALIDATE \
	"shared/dissect-image.c, validate_signature_userspace() (257, 262)"

const struct check checks_signature[] = {
	{.id = "signature-broken",
	 .title = "the signature of the image cannot be read",
	 .why = "systemd refuses the image: no extension at all is merged.",
	 .fix = "Sign the image again: JSON with rootHash and signature, then NUL bytes.",
	 .source = "UAPI.2 Discoverable Partitions; shared/dissect-image.c, "
		   "acquire_sig_for_roothash() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW | NEEDS_PARTS,
	 .run = run_broken},
	{.id = "signature-untrusted",
	 .title = "the base does not trust the signer",
	 .why = "The hash tree is not activated: \"Failed to merge hierarchies\", and no "
		"extension at all is merged.",
	 .fix = "Sign with a key whose certificate the base has in verity.d; the signer's own "
		"certificate must be there, a CA's does not help. If the kernel's keyring has "
		"it, say so with --cert=FILE.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_SIGNED,
	 .run = run_untrusted},
	{.id = "signature-trust-unknown",
	 .title = "who the base trusts is not known",
	 .why = "The kernel verifies with its own keyrings too, which no initrd shows.",
	 .fix = "Give the certificate that the machine's kernel or firmware trusts: --cert=FILE.",
	 .source = SOURCE_VALIDATE "; drivers/md/dm-verity-verify-sig.c of Linux",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_SIGNED,
	 .run = run_unknown},
	{.id = "signature-wrong",
	 .title = "the signature is not over this image",
	 .why = "The hash tree is not activated: no extension at all is merged.",
	 .fix = "Sign the root hash again, in lower-case hexadecimal without a newline.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_SIGNED,
	 .run = run_wrong},
	{.id = "signature-not-used",
	 .title = "the image is merged although its signature does not verify",
	 .why = "In this directory systemd falls back to the hash tree alone, without a word.",
	 .fix = "Sign with a key whose certificate the base has in verity.d.",
	 .source = "shared/dissect-image.c, do_crypt_activate_verity() (262)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_SIGNED,
	 .run = run_not_used},
	{.id = "signature-by-option",
	 .title = "the signer is trusted only because --cert says so",
	 .why = "It merges where the kernel's keyrings hold this certificate, and nowhere else.",
	 .fix = "Make sure that the machine's kernel or firmware has the certificate.",
	 .source = "drivers/md/dm-verity-verify-sig.c of Linux",
	 .severity = SEVERITY_NOTE,
	 .consequence = CONSEQUENCE_INFO,
	 .needs = NEEDS_SIGNED,
	 .run = run_by_option},
	{.id = "signature-not-detached",
	 .title = "the kernel does not take this form of signature",
	 .why = "systemd verifies it, but a kernel that verifies with its own keyrings refuses "
		"embedded content.",
	 .fix = "Sign detached: openssl smime -sign -noattr -binary.",
	 .source = "crypto/asymmetric_keys/pkcs7_verify.c of Linux",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .needs = NEEDS_SIGNED,
	 .run = run_content},
	{.id = "signature-certificate-unusable",
	 .title = "a certificate of the base cannot be used",
	 .why = "systemd passes over it, and images of that signer are refused.",
	 .fix = "Put the signer's certificate there in PEM, one a file.",
	 .source = SOURCE_VALIDATE,
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .flags = CHECK_BASE,
	 .run = run_certificate},
	{.id = "signature-certificate-ignored",
	 .title = "a file in verity.d is not read",
	 .why = "systemd reads files that end in .crt only.",
	 .fix = "Rename the certificate to NAME.crt when the initrd is built.",
	 .source = SOURCE_VALIDATE "; dracut modules.d/01systemd-veritysetup (112)",
	 .severity = SEVERITY_NOTE,
	 .consequence = CONSEQUENCE_INFO,
	 .flags = CHECK_BASE,
	 .run = run_ignored},
	{.id = NULL},
};
