/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/elf.h"

#include <endian.h>

static const char strings[TEST_ELF_STRINGS_SIZE] =
	"\0libc.so.6\0libm.so.6\0me.so.1\0/run\0C_2.2\0C_2.4\0ME_1\0/usr/bin/helper";

uint32_t test_elf_string_at(const char *string)
{
	const char *at = memmem(strings, sizeof(strings), string, strlen(string) + 1);

	assert_non_null(at);
	return (uint32_t)(at - strings);
}

static Elf64_Phdr segment_make(uint32_t type, size_t at, size_t size)
{
	return (Elf64_Phdr){.p_type = type,
			    .p_flags = PF_R,
			    .p_offset = at,
			    .p_vaddr = TEST_ELF_ADDRESS + at,
			    .p_filesz = size,
			    .p_memsz = size};
}

static void make_header(Elf64_Ehdr *header)
{
	*header = (Elf64_Ehdr){.e_type = ET_DYN,
			       .e_machine = EM_X86_64,
			       .e_version = EV_CURRENT,
			       .e_phoff = offsetof(struct test_elf, segments),
			       .e_ehsize = sizeof(Elf64_Ehdr),
			       .e_phentsize = sizeof(Elf64_Phdr),
			       .e_phnum = 4};
	memcpy(header->e_ident, ELFMAG, SELFMAG);
	header->e_ident[EI_CLASS] = ELFCLASS64;
	header->e_ident[EI_DATA] =
		__BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	header->e_ident[EI_VERSION] = EV_CURRENT;
}

static void make_versions(struct test_elf *image)
{
	image->need = (Elf64_Verneed){.vn_version = VER_NEED_CURRENT,
				      .vn_cnt = 2,
				      .vn_file = test_elf_string_at("libc.so.6"),
				      .vn_aux = offsetof(struct test_elf, needed) -
						offsetof(struct test_elf, need)};
	image->needed[0] = (Elf64_Vernaux){.vna_name = test_elf_string_at("C_2.2"),
					   .vna_next = sizeof(Elf64_Vernaux)};
	image->needed[1] = (Elf64_Vernaux){.vna_name = test_elf_string_at("C_2.4"),
					   .vna_flags = VER_FLG_WEAK};
	for (size_t i = 0; i < 2; i++) {
		image->defined[i].definition =
			(Elf64_Verdef){.vd_version = VER_DEF_CURRENT,
				       .vd_flags = i ? 0 : VER_FLG_BASE,
				       .vd_cnt = 1,
				       .vd_aux = sizeof(Elf64_Verdef),
				       .vd_next = i ? 0 : sizeof(image->defined[0])};
		image->defined[i].name.vda_name =
			test_elf_string_at(i ? "ME_1" : "me.so.1");
	}
}

struct test_elf test_elf_make(void)
{
	static const Elf64_Dyn dynamic[] = {
		{DT_STRTAB, {TEST_ELF_ADDRESS + offsetof(struct test_elf, strings)}},
		{DT_STRSZ, {sizeof(strings)}},
		{DT_VERNEED, {TEST_ELF_ADDRESS + offsetof(struct test_elf, need)}},
		{DT_VERNEEDNUM, {1}},
		{DT_VERDEF, {TEST_ELF_ADDRESS + offsetof(struct test_elf, defined)}},
		{DT_VERDEFNUM, {2}},
		{DT_NEEDED, {0}},
		{DT_NEEDED, {0}},
		{DT_SONAME, {0}},
		{DT_RUNPATH, {0}},
		{DT_RPATH, {0}},
		{DT_NULL, {0}},
	};
	static const char *const names[] = {"libm.so.6", "libc.so.6", "me.so.1", "/run",
					    "/run"};
	struct test_elf image = {.interpreter = "/lib/ld"};

	make_header(&image.header);
	make_versions(&image);
	memcpy(image.dynamic, dynamic, sizeof(dynamic));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		image.dynamic[6 + i].d_un.d_val = test_elf_string_at(names[i]);
	memcpy(image.strings, strings, sizeof(strings));
	image.segments[0] = segment_make(PT_LOAD, 0, sizeof(image));
	image.segments[1] =
		segment_make(PT_INTERP, offsetof(struct test_elf, interpreter),
			     sizeof(image.interpreter));
	image.segments[2] = segment_make(PT_DYNAMIC, offsetof(struct test_elf, dynamic),
					 sizeof(image.dynamic));
	return image;
}

void test_elf_describe(const struct elfinfo *info, struct strbuf *text)
{
	if (info->interpreter)
		strbuf_addf(text, "interpreter %s\n", info->interpreter);
	if (info->soname)
		strbuf_addf(text, "soname %s\n", info->soname);
	if (info->rpath)
		strbuf_addf(text, "rpath %s\n", info->rpath);
	if (info->runpath)
		strbuf_addf(text, "runpath %s\n", info->runpath);
	for (size_t i = 0; i < info->n_needed; i++)
		strbuf_addf(text, "needed %s\n", info->needed[i]);
	for (size_t i = 0; i < info->n_defined_versions; i++)
		strbuf_addf(text, "defines %s\n", info->defined_versions[i]);
	for (size_t i = 0; i < info->n_needed_versions; i++)
		strbuf_addf(text, "version %s:%s%s\n", info->needed_versions[i].library,
			    info->needed_versions[i].version,
			    info->needed_versions[i].weak ? " weak" : "");
}
