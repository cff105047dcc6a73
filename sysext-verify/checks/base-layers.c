/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the base's files say, each for itself and one about the other. */

#include <inttypes.h>
#include <string.h>

#include "sysext-verify/checks/check.h"
#include "sysext-verify/report/report.h"

/* What the kernel complains about while it unpacks, and goes on with what it has. */
static void judge_layer(const struct check *check, const struct base_layer *layer,
			struct report *report)
{
	const struct initrd *initrd = &layer->initrd;

	if (layer->not_unpacked)
		report_add_about(report, check, layer->path,
				 "is not unpacked, or not all of it: the kernel stops at "
				 "the damage before it");
	for (size_t i = 0; i < initrd->n_members; i++) {
		const struct initrd_member *member = &initrd->members[i];

		if (member->faults & CPIO_FAULT_NO_TRAILER)
			report_add_about(report, check, layer->path,
					 "member at byte %" PRIu64
					 " ends without 'TRAILER!!!'",
					 member->offset);
		if (member->faults & CPIO_FAULT_CHECKSUM)
			report_add_about(report, check, layer->path,
					 "member at byte %" PRIu64
					 " has a file whose checksum is wrong; what "
					 "follows the member is not unpacked",
					 member->offset);
		if (member->faults & CPIO_FAULT_UNSAFE_NAME)
			report_add_about(report, check, layer->path,
					 "member at byte %" PRIu64
					 " has a name with '..', which was left out here",
					 member->offset);
	}
	if (initrd->faults & INITRD_FAULT_TRAILING_GARBAGE)
		report_add_about(report, check, layer->path,
				 "byte %" PRIu64 ": %s; what follows is not unpacked",
				 initrd->garbage_at, initrd->garbage);
}

static void run_damaged(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct base *base = subject->base;

	for (size_t i = 0; i < base->n_layers; i++)
		judge_layer(check, &base->layers[i], report);
}

static void run_profile_not_checked(const struct check *check,
				    const struct subject *subject, struct report *report)
{
	if (subject->base->profile_signature == PROFILE_SIGNATURE_NOT_CHECKED)
		report_add(report, check, "",
			   "the signature '%s.p7s' of the base profile was not checked: "
			   "no --profile-cert says whose it must be",
			   subject->base->layers[0].path);
}

static void run_uki_without_initrd(const struct check *check,
				   const struct subject *subject, struct report *report)
{
	if (subject->base->without_initrd)
		report_unknown(report, check, "",
			       "has no section '.initrd': what the boot loader gives to "
			       "the kernel instead is not known");
}

static void run_uname_mismatch(const struct check *check, const struct subject *subject,
			       struct report *report)
{
	const struct base *base = subject->base;

	/* The kernel itself knows better: base-kernel-mismatch. */
	if (!base->uname_without_modules || base->kernel.release)
		return;
	if (base->n_kernel_releases == 1)
		report_add(report, check, "",
			   "section '.uname' says '%s', the initrd has modules in "
			   "'usr/lib/modules/%s' alone",
			   base->uname, base->kernel_release);
	else
		report_add(report, check, "",
			   "section '.uname' says '%s', none of the %u directories in "
			   "'usr/lib/modules' has this name",
			   base->uname, base->n_kernel_releases);
}

static void run_profiles(const struct check *check, const struct subject *subject,
			 struct report *report)
{
	const struct base *base = subject->base;

	for (uint32_t i = 1; i < base->n_profiles && !base->profile_asked_for; i++) {
		const struct base_profile *profile = &base->profiles[i];

		if (profile->differs)
			report_add(report, check, "",
				   "profile %" PRIu32 " (%s) has its own '%s', read was "
				   "profile 0 (%s)",
				   i, profile->id ? profile->id : "without ID",
				   profile->differs,
				   base->profiles[0].id ? base->profiles[0].id
							: "without ID");
	}
}

static void run_addon_ignored(const struct check *check, const struct subject *subject,
			      struct report *report)
{
	const struct base *base = subject->base;

	for (size_t i = 0; i < base->n_layers; i++)
		if (base->layers[i].ignored)
			report_add_about(report, check, base->layers[i].path,
					 "section '.uname' says '%s', that of '%s' "
					 "says '%s'",
					 base->layers[i].uname ? base->layers[i].uname
							       : "",
					 base->path, base->uname ? base->uname : "");
}

/* x86-64 and arm64 kernels run programs of 32 bits, too. */
static bool runs(const char *kernel, const char *programs)
{
	return strcmp(kernel, programs) == 0 ||
	       (strcmp(kernel, "x86-64") == 0 && strcmp(programs, "x86") == 0) ||
	       (strcmp(kernel, "arm64") == 0 && strcmp(programs, "arm") == 0);
}

static void judge_modules(const struct check *check, const struct base *base,
			  struct report *report)
{
	if (!base->uname_without_modules)
		return;
	if (base->n_kernel_releases == 1)
		report_add_about(report, check, base->kernel.path,
				 "the kernel is %s, the initrd has modules in "
				 "'usr/lib/modules/%s' alone",
				 base->kernel.release, base->modules_release);
	else
		report_add_about(report, check, base->kernel.path,
				 "the kernel is %s, none of the %u directories in "
				 "'usr/lib/modules' has this name",
				 base->kernel.release, base->n_kernel_releases);
}

static void run_kernel_mismatch(const struct check *check, const struct subject *subject,
				struct report *report)
{
	const struct base *base = subject->base;
	const struct base_kernel *kernel = &base->kernel;

	if (kernel->release && base->uname && strcmp(kernel->release, base->uname) != 0)
		report_add_about(report, check, kernel->path,
				 "the kernel is %s, section '.uname' of '%s' says '%s'",
				 kernel->release, base->path, base->uname);
	if (kernel->release)
		judge_modules(check, base, report);
	if (kernel->architecture && base->architecture &&
	    !runs(kernel->architecture, base->architecture))
		report_add_about(report, check, kernel->path,
				 "the kernel is for %s, systemd of the base for %s",
				 kernel->architecture, base->architecture);
}

/* The firmware takes an image that one of its signatures is about. */
static bool is_about_image(const struct authenticode *authenticode)
{
	for (size_t i = 0; i < authenticode->n_signatures; i++)
		if (authenticode->signatures[i].error.code == 0 &&
		    authenticode->signatures[i].matches &&
		    authenticode->signatures[i].verified)
			return true;
	return authenticode->n_signatures == 0;
}

static void judge_signature(const struct check *check, const struct base_layer *layer,
			    const struct authenticode_signature *signature,
			    struct report *report)
{
	if (signature->error.code < 0)
		report_add_about(report, check, layer->path,
				 "signature at byte %" PRIu64 " cannot be used: %s",
				 signature->offset, signature->error.message);
	else if (!signature->matches)
		report_add_about(report, check, layer->path,
				 "signature at byte %" PRIu64 ", of '%s', is about an "
				 "image with another %s digest than this one",
				 signature->offset, signature->signers[0].issuer,
				 signature->algorithm);
	else
		report_add_about(report, check, layer->path,
				 "signature at byte %" PRIu64 " was not made by '%s', "
				 "serial %s, whom it names",
				 signature->offset, signature->signers[0].issuer,
				 signature->signers[0].serial);
}

static void run_authenticode(const struct check *check, const struct subject *subject,
			     struct report *report)
{
	const struct base *base = subject->base;

	for (size_t i = 0; i < base->n_layers; i++) {
		const struct base_layer *layer = &base->layers[i];
		const struct authenticode *authenticode = &layer->authenticode;

		if (layer->image && layer->image->pe.faults & PE_FAULT_CERTIFICATES)
			report_add_about(report, check, layer->path,
					 "its table of signatures is broken: %s",
					 layer->image->pe.certificate_error.message);
		if (is_about_image(authenticode))
			continue;
		for (size_t j = 0; j < authenticode->n_signatures; j++)
			judge_signature(check, layer, &authenticode->signatures[j],
					report);
	}
}

const struct check checks_base_layers[] = {
	{.id = "base-damaged",
	 .title = "the initrd is damaged",
	 .why = "The kernel unpacks what it can, reports the rest and boots on; files may be "
		"missing.",
	 .fix = "Build or copy the initrd again.",
	 .source = "init/initramfs.c of Linux, unpack_to_rootfs(); buffer-format.rst",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .flags = CHECK_BASE,
	 .run = run_damaged},
	{.id = "base-profile-not-checked",
	 .title = "the signature of the base profile was not checked",
	 .why = "Whoever could change the profile could have changed what is said of the "
		"base.",
	 .fix = "Give the certificate of whoever published it: --profile-cert=FILE.",
	 .source = "sysext-profile(5), SIGNATURE",
	 .severity = SEVERITY_NOTE,
	 .consequence = CONSEQUENCE_INFO,
	 .flags = CHECK_BASE | CHECK_WITHOUT_INITRD,
	 .run = run_profile_not_checked},
	{.id = "base-uki-without-initrd",
	 .title = "the UKI carries no initrd",
	 .why = "It boots with an initrd from elsewhere, or with none. Whether that one merges "
		"extensions cannot be said.",
	 .fix = "Give the initrd itself as base, or a UKI with a section .initrd.",
	 .source = "boot/stub.c, lookup_embedded_initrds() and acquire_previous_initrd() "
		   "(262); UAPI group, Unified Kernel Image",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .flags = CHECK_BASE | CHECK_WITHOUT_INITRD,
	 .run = run_uki_without_initrd},
	{.id = "base-uname-mismatch",
	 .title = "the initrd of the UKI has no modules for its kernel",
	 .why = "The kernel looks for its modules in the directory of its own release. If "
		".uname is right, it loads none of the initrd's, nor those that a merge needs.",
	 .fix = "Build the UKI of a kernel and an initrd that belong together: "
		"ukify build --uname=...",
	 .source = "UAPI group, Unified Kernel Image, .uname; modprobe(8)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .flags = CHECK_BASE,
	 .run = run_uname_mismatch},
	{.id = "base-kernel-mismatch",
	 .title = "the kernel does not belong to the initrd",
	 .why = "The kernel looks for its modules in the directory of its own release: it loads "
		"none of the initrd's, nor those that a merge needs. A kernel of another "
		"architecture does not run the initrd at all.",
	 .fix = "Give the kernel that boots this initrd, or build them together.",
	 .source =
		 "modprobe(8); Linux: Documentation/arch/x86/boot.rst, kernel_version; UAPI "
		 "group, Unified Kernel Image, .uname",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .flags = CHECK_BASE,
	 .run = run_kernel_mismatch},
	{.id = "base-uki-profiles",
	 .title = "the UKI has profiles that boot something else",
	 .why = "Which profile is booted is chosen in the boot menu. The verdict is for profile "
		"0, which is booted if nobody chooses.",
	 .fix = "Ask for each profile: --uki-profile=NUMBER or --uki-profile=ID.",
	 .source = "UAPI group, Unified Kernel Image, Multi-Profile UKIs; boot/stub.c, "
		   "find_sections() (257, 262)",
	 .severity = SEVERITY_NOTE,
	 .consequence = CONSEQUENCE_INFO,
	 .flags = CHECK_BASE | CHECK_WITHOUT_INITRD,
	 .run = run_profiles},
	{.id = "base-addon-ignored",
	 .title = "an addon is for another kernel than that of the UKI",
	 .why = "systemd-stub leaves it out, and boots without its command line and its initrd.",
	 .fix = "Build the addon with the .uname of the UKI, or without any: "
		"ukify build --uname=...",
	 .source = "systemd-stub(7); boot/stub.c, load_addons() (257, 262)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .flags = CHECK_BASE | CHECK_WITHOUT_INITRD,
	 .run = run_addon_ignored},
	{.id = "base-authenticode-mismatch",
	 .title = "the signature for Secure Boot is not about this file",
	 .why = "With Secure Boot the firmware refuses to start the UKI, and systemd-stub leaves "
		"such an addon out. The file was changed after it was signed, or the signature "
		"is broken.",
	 .fix = "Sign the file again, as the last step: sbsign, or ukify build "
		"--secureboot-private-key=...",
	 .source =
		 "UEFI 2.10 section 32.5.3.3; Windows Authenticode PE Signature Format; "
		 "DxeImageVerificationHandler() of EDK II",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .flags = CHECK_BASE | CHECK_WITHOUT_INITRD,
	 .run = run_authenticode},
	{.id = NULL},
};
