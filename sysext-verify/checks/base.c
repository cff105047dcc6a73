/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/core/version.h"
#include "sysext-verify/checks/check.h"
#include "sysext-verify/model/systemd.h"
#include "sysext-verify/report/report.h"

static void run_without_systemd(const struct check *check, const struct subject *subject,
				struct report *report)
{
	if (!subject->base->systemd)
		report_add(report, check, "usr/lib/systemd/systemd",
			   "is not there: this initrd does not run systemd");
}

static void run_without_sysext(const struct check *check, const struct subject *subject,
			       struct report *report)
{
	const struct base *base = subject->base;

	if (base->systemd && !base->sysext)
		report_add(report, check, "usr/bin/systemd-sysext",
			   "is not there, although '%s' is", base->systemd->entry.path);
}

static void run_version_unknown(const struct check *check, const struct subject *subject,
				struct report *report)
{
	const struct base *base = subject->base;

	if (base->systemd && !base->systemd_version)
		report_unknown(report, check, base->systemd->entry.path,
			       "its version is not known: there is no "
			       "'libsystemd-shared-VERSION.so' beside it");
}

static void run_without_unit(const struct check *check, const struct subject *subject,
			     struct report *report)
{
	const struct base *base = subject->base;

	if (base->sysext && !base->unit_node && !base->unit_masked)
		report_add(report, check, "",
			   "has no unit '%s', which merges extensions in systemd %u",
			   base->unit, base->systemd_version);
}

static void run_unit_masked(const struct check *check, const struct subject *subject,
			    struct report *report)
{
	const struct base *base = subject->base;

	if (base->unit_masked)
		report_add(report, check, base->unit_masked->entry.path,
			   "masks the unit '%s', which merges extensions", base->unit);
}

static void run_unit_not_enabled(const struct check *check, const struct subject *subject,
				 struct report *report)
{
	const struct base *base = subject->base;

	if (base->unit_node && !base->unit_enabled_by)
		report_add(report, check, base->unit_node->entry.path,
			   "is there, but no '.wants' directory names '%s': expected "
			   "'%s.wants/%s'",
			   base->unit,
			   base->systemd_version >= SYSTEMD_INITRD_UNIT
				   ? "initrd.target"
				   : "sysinit.target",
			   base->unit);
}

static void run_without_initrd_release(const struct check *check,
				       const struct subject *subject,
				       struct report *report)
{
	const struct base *base = subject->base;

	if (base->systemd && !base->initrd_release)
		report_add(report, check, "etc/initrd-release", "%s",
			   base->initrd_release_dangles
				   ? "is a symbolic link that leads nowhere"
				   : "is not there");
}

static void run_without_os_release(const struct check *check,
				   const struct subject *subject, struct report *report)
{
	if (!subject->base->os_release)
		report_add(report, check, "etc/os-release",
			   "is not there, and neither is 'usr/lib/os-release'");
}

static void run_os_release_unusable(const struct check *check,
				    const struct subject *subject, struct report *report)
{
	const struct release *release = subject->base->os_release;

	if (env_file_unusable(&release->file))
		report_add(report, check, release->path,
			   "line %u: has a NUL byte or invalid UTF-8",
			   release->file.fault_line);
	else if (!release->id || !*release->id)
		report_add(report, check, release->path, "has no ID= or an empty one");
}

static void judge_unknown_facility(const struct check *check, const struct base *base,
				   struct report *report, const char *module,
				   const char *purpose)
{
	if (base->kernel.release && base->uname_without_modules)
		report_unknown(report, check, "",
			       "'usr/lib/modules' has nothing of the kernel %s: does it "
			       "have '%s'? %s",
			       base->kernel.release, module, purpose);
	else
		report_unknown(
			report, check, "",
			"%u kernels in 'usr/lib/modules' and no 'modules.builtin': "
			"does the kernel have '%s'? %s",
			base->n_kernel_releases, module, purpose);
}

/* What every raw image needs of the kernel, whatever it holds. */
static void judge_facility(const struct check *check, const struct subject *subject,
			   struct report *report, enum facility facility,
			   const char *purpose)
{
	const struct base *base = subject->base;
	const struct base_facility *found = &base->facilities[facility];

	switch (found->state) {
	case FACILITY_ABSENT:
		report_add(report, check, "",
			   "kernel %s of the base has no '%s', neither as a module nor "
			   "built in: %s",
			   base->kernel_release, found->module, purpose);
		break;
	case FACILITY_NO_INDEX:
		report_add(
			report, check, "",
			"module '%s' of the base is not named in "
			"'usr/lib/modules/%s/modules.dep', so that modprobe does not find "
			"'%s': %s",
			found->path, base->kernel_release, found->module, purpose);
		break;
	case FACILITY_MODULE:
		if (!base->modprobe)
			report_unknown(
				report, check, "",
				"'%s' of the base is a module, and there is no "
				"'usr/sbin/modprobe': is '%s' loaded otherwise? %s",
				found->path, found->module, purpose);
		break;
	case FACILITY_UNKNOWN:
		judge_unknown_facility(check, base, report, found->module, purpose);
		break;
	case FACILITY_BUILTIN:
		break;
	}
}

static void run_without_overlay(const struct check *check, const struct subject *subject,
				struct report *report)
{
	if (!subject->base->systemd)
		return;
	judge_facility(check, subject, report, FACILITY_OVERLAY, "/usr is overlaid");
	judge_facility(check, subject, report, FACILITY_LOOP, "images are loop devices");
}

static void run_without_filesystem(const struct check *check,
				   const struct subject *subject, struct report *report)
{
	enum filesystem filesystem = subject->extension->ddi.filesystem;

	if (filesystem == FILESYSTEM_SQUASHFS)
		judge_facility(check, subject, report, FACILITY_SQUASHFS,
			       "the image is a squashfs");
	else if (filesystem == FILESYSTEM_EROFS)
		judge_facility(check, subject, report, FACILITY_EROFS,
			       "the image is an erofs");
}

/* What all kernels that systemd 257 runs on can read needs no version. */
static void run_too_old(const struct check *check, const struct subject *subject,
			struct report *report)
{
	const struct erofs_info *erofs = &subject->extension->erofs;
	const char *release = subject->base->kernel_release;

	if (subject->extension->ddi.filesystem != FILESYSTEM_EROFS ||
	    !erofs->needs_linux || version_compare(erofs->needs_linux, "5.4") <= 0)
		return;
	if (!release)
		report_unknown(report, check, "",
			       "the image is an erofs with %s, which is read from Linux "
			       "%s on: which version has the kernel of the base?",
			       erofs->needs_for, erofs->needs_linux);
	else if (version_compare(release, erofs->needs_linux) < 0)
		report_add(report, check, "",
			   "the image is an erofs with %s, which is read from Linux %s "
			   "on, the kernel of the base is %s",
			   erofs->needs_for, erofs->needs_linux, release);
}

/*
 * lz4 comes with CONFIG_EROFS_FS_ZIP, which is on where nobody turns it off; each of the
 * others has an option that is off by default (fs/erofs/Kconfig, 6.12).
 */
static void run_without_decompressor(const struct check *check,
				     const struct subject *subject, struct report *report)
{
	const struct erofs_info *erofs = &subject->extension->erofs;
	enum facility_state state = subject->base->facilities[FACILITY_EROFS].state;

	if (subject->extension->ddi.filesystem != FILESYSTEM_EROFS || !erofs->announces ||
	    state == FACILITY_ABSENT)
		return;
	for (enum erofs_algorithm i = EROFS_LZMA; i < EROFS_N_ALGORITHMS; i++)
		if (erofs->algorithms & 1U << i)
			report_unknown(
				report, check, "",
				"the image is an erofs that is compressed with %s: "
				"is the kernel of the base built with %s?",
				erofs_algorithm_name(i), erofs_algorithm_option(i));
}

static void run_without_verity(const struct check *check, const struct subject *subject,
			       struct report *report)
{
	if (!extension_uses_verity(subject->extension, subject->base->systemd_version))
		return;
	judge_facility(check, subject, report, FACILITY_DM_MOD,
		       "the image has a hash tree");
	judge_facility(check, subject, report, FACILITY_DM_VERITY,
		       "the image has a hash tree");
}

static void run_without_libcryptsetup(const struct check *check,
				      const struct subject *subject,
				      struct report *report)
{
	const struct base *base = subject->base;

	if (base->systemd && !base->libcryptsetup &&
	    extension_uses_verity(subject->extension, base->systemd_version))
		report_add(
			report, check, "",
			"the base has no 'libcryptsetup.so.12', which its systemd %u loads "
			"to activate the image's hash tree",
			base->systemd_version);
}

static void run_not_merged_usr(const struct check *check, const struct subject *subject,
			       struct report *report)
{
	static const char *const names[] = {"bin", "sbin", "lib", "lib64"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct node *node = tree_get(subject->base->tree, names[i]);

		if (node && node->entry.type == ENTRY_DIRECTORY)
			report_add(report, check, names[i],
				   "is a directory, expected a symbolic link to 'usr/%s'",
				   names[i]);
	}
}

const struct check checks_base[] = {
	{.id = "base-without-systemd",
	 .title = "the initrd does not run systemd",
	 .why = "Only systemd merges system extensions. An initrd without it boots as before "
		"and never looks at one.",
	 .fix = "Use an initrd that runs systemd: mkosi-initrd, dracut with its module "
		"systemd, mkinitcpio with its hook systemd.",
	 .source = "systemd-sysext(8); bootup(7)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .flags = CHECK_BASE,
	 .run = run_without_systemd},
	{.id = "base-without-sysext",
	 .title = "the initrd lacks systemd-sysext",
	 .why = "Nothing in this initrd merges extensions. The boot goes on without them and "
		"without a message.",
	 .fix = "Build the initrd with systemd-sysext: for dracut, --add systemd-sysext "
		"(it is not in by default).",
	 .source = "systemd-sysext(8); dracut modules.d/01systemd-sysext, check() (106)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .flags = CHECK_BASE,
	 .run = run_without_sysext},
	{.id = "base-version-unknown",
	 .title = "the version of systemd in the initrd is not known",
	 .why = "What systemd takes differs between its versions.",
	 .fix = "Give the initrd as it is booted, with all its libraries.",
	 .source = "NEWS of systemd, 258 to 262",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .flags = CHECK_BASE,
	 .run = run_version_unknown},
	{.id = "base-without-unit",
	 .title = "the initrd lacks the unit that merges extensions",
	 .why = "Nothing starts systemd-sysext. The boot goes on without extensions.",
	 .fix = "Add the unit to the initrd, and enable it.",
	 .source = "systemd-sysext.service(8), systemd-sysext-initrd.service since 258",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .flags = CHECK_BASE,
	 .run = run_without_unit},
	{.id = "base-unit-masked",
	 .title = "the unit that merges extensions is masked",
	 .why = "A masked unit never starts. The boot goes on without extensions.",
	 .fix = "Remove the mask from the initrd.",
	 .source = "systemd.unit(5)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .flags = CHECK_BASE,
	 .run = run_unit_masked},
	{.id = "base-unit-not-enabled",
	 .title = "the unit that merges extensions is not enabled",
	 .why = "Nothing pulls the unit in, so that it never starts.",
	 .fix = "Enable it when the initrd is built: systemctl --root=... enable.",
	 .source = "units/systemd-sysext.service.in (257), "
		   "units/systemd-sysext-initrd.service.in (262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .flags = CHECK_BASE,
	 .run = run_unit_not_enabled},
	{.id = "base-without-initrd-release",
	 .title = "systemd does not know that this is an initrd",
	 .why = "Without /etc/initrd-release systemd applies the rules of a host: it does not "
		"look into /.extra, and wants another scope.",
	 .fix = "Add /etc/initrd-release to the initrd; a link to os-release is enough.",
	 .source = "os-release(5); basic/initrd-util.c, in_initrd() (257), "
		   "shared/discover-image.c (262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_NOT_SEEN,
	 .flags = CHECK_BASE,
	 .run = run_without_initrd_release},
	{.id = "base-without-os-release",
	 .title = "the initrd has no os-release",
	 .why = "systemd-sysext compares extensions with os-release and gives up without it.",
	 .fix = "Add /usr/lib/os-release and a link /etc/os-release to the initrd.",
	 .source = "sysext/sysext.c, merge_subprocess() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .flags = CHECK_BASE,
	 .run = run_without_os_release},
	{.id = "base-os-release-unusable",
	 .title = "the os-release of the initrd cannot be used",
	 .why = "systemd-sysext gives up when it cannot read ID from os-release.",
	 .fix = "Mend os-release in the initrd.",
	 .source = "sysext/sysext.c, merge_subprocess(); basic/env-file.c (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_OS_RELEASE,
	 .flags = CHECK_BASE,
	 .run = run_os_release_unusable},
	{.id = "base-without-overlay",
	 .title = "the kernel of the initrd cannot merge images",
	 .why = "A merge needs overlayfs and loop devices; without them it fails and nothing is "
		"merged.",
	 .fix = "Add the modules 'overlay' and 'loop' to the initrd, with its index: for dracut, "
		"--add-drivers \"overlay loop\".",
	 .source = "sysext/sysext.c, merge_hierarchy(); shared/loop-util.c (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .flags = CHECK_BASE,
	 .run = run_without_overlay},
	{.id = "base-without-filesystem",
	 .title = "the kernel of the initrd cannot mount the image's file system",
	 .why = "The mount fails, and with it the merge of all extensions.",
	 .fix = "Add the module to the initrd, with its index: for dracut, --add-drivers.",
	 .source = "shared/dissect-image.c, dissected_image_mount() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_without_filesystem},
	{.id = "base-without-decompressor",
	 .title = "the kernel of the initrd may lack the decompressor of the image",
	 .why = "Without it the mount fails, and with it the merge of all extensions.",
	 .fix = "Look into the kernel's configuration, or compress the image with lz4.",
	 .source = "fs/erofs/decompressor.c of Linux, z_erofs_parse_cfgs()",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_without_decompressor},
	{.id = "base-too-old-for-filesystem",
	 .title = "the kernel of the initrd is too old for the image's file system",
	 .why = "The mount fails, and with it the merge of all extensions.",
	 .fix = "Make the image without this feature, or with squashfs.",
	 .source = "fs/erofs/super.c of Linux, check_layout_compatibility()",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_too_old},
	{.id = "base-without-verity",
	 .title = "the kernel of the initrd cannot activate dm-verity",
	 .why = "The hash tree cannot be activated, and the merge of all extensions fails.",
	 .fix = "Add the modules 'dm-mod' and 'dm-verity' to the initrd, with its index: for "
		"dracut, --add-drivers \"dm-mod dm-verity\".",
	 .source = "shared/dissect-image.c, verity_partition() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_without_verity},
	{.id = "base-without-libcryptsetup",
	 .title = "the initrd lacks libcryptsetup",
	 .why = "systemd-sysext loads it to activate the hash tree; without it the merge of all "
		"extensions fails.",
	 .fix = "Add libcryptsetup to the initrd: for dracut, --add systemd-veritysetup.",
	 .source = "shared/dissect-image.c, dissected_image_decrypt() (257, 262)",
	 .severity = SEVERITY_ERROR,
	 .consequence = CONSEQUENCE_ABORTS_ALL,
	 .needs = NEEDS_EXTENSION | NEEDS_RAW,
	 .run = run_without_libcryptsetup},
	{.id = "base-not-merged-usr",
	 .title = "a directory of the initrd is not merged into /usr",
	 .why = "Only /usr and /opt are overlaid: a real /lib or /bin never shows what an "
		"extension brings for it.",
	 .fix = "Use an initrd with merged /usr, or do not rely on that directory.",
	 .source = "systemd-sysext(8); file-hierarchy(7)",
	 .severity = SEVERITY_WARNING,
	 .consequence = CONSEQUENCE_RISK,
	 .flags = CHECK_BASE,
	 .run = run_not_merged_usr},
	{.id = NULL},
};
