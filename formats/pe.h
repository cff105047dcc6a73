/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * PE images, the form of EFI programs: headers, section table and certificate table, with
 * every fault that the firmware or systemd-stub survives or not.
 *
 * Specification: Microsoft, PE Format; UEFI 2.10 section 2.1.1 and 32.2.4
 * (WIN_CERTIFICATE); what firmware takes: PeCoffLoaderGetPeHeader() and
 * PeCoffLoaderLoadImage() of EDK II; what systemd takes: boot/pe.c, verify_dos(),
 * verify_pe() and pe_locate_sections() (257, 262). Not read: symbols, relocations and the
 * other data directories; the signature in a certificate.
 */

#include "formats/core/source.h"

enum pe_section_fault {
	/* The firmware does not load an image with one of these two. */
	PE_SECTION_FAULT_CUT = 1 << 0,     /* not all its bytes are in the file */
	PE_SECTION_FAULT_OUTSIDE = 1 << 1, /* it reaches over the size in memory */

	/* Of two sections in the same memory the later one is there in the end. */
	PE_SECTION_FAULT_OVERLAP = 1 << 2,      /* it shares memory with another */
	PE_SECTION_FAULT_OVERLAP_FILE = 1 << 3, /* it shares bytes of the file */

	/* systemd-stub takes the first of a name; profiles repeat names by design. */
	PE_SECTION_FAULT_DUPLICATE = 1 << 4, /* an earlier section has this name */
	PE_SECTION_FAULT_UNSORTED = 1 << 5,  /* its address is below an earlier one's */
	PE_SECTION_FAULT_SHORT = 1 << 6, /* longer in memory: zeros behind its bytes */
};

struct pe_section {
	char name[9];             /* as in the table, up to its first NUL */
	uint32_t virtual_address; /* where it is in memory */
	uint32_t virtual_size;    /* bytes in memory */
	uint32_t raw_at;          /* offset in the file */
	uint32_t raw_size;        /* bytes in the file, with padding */
	uint32_t size;            /* bytes of contents in the file: the smaller size */
	uint32_t characteristics;
	unsigned faults; /* enum pe_section_fault */
};

#define PE_CERTIFICATE_REVISION 0x0200 /* WIN_CERT_REVISION_2_0 */
#define PE_CERTIFICATE_PKCS7    0x0002 /* WIN_CERT_TYPE_PKCS_SIGNED_DATA */

struct pe_certificate {
	uint64_t offset; /* of its header in the file */
	uint16_t revision, type;
	struct span data; /* behind the header, in the memory of struct pe */
};

enum pe_fault {
	/* Their count does not fit the size of the header: the firmware refuses it. */
	PE_FAULT_DIRECTORIES = 1 << 0,
	PE_FAULT_CERTIFICATES = 1 << 1, /* see certificate_error; fatal to Secure Boot */
};

struct pe {
	uint16_t machine;
	bool plus;              /* PE32+, for 64 bits */
	uint16_t subsystem;     /* 10: EFI application */
	uint32_t size_of_image; /* bytes in memory */

	/* Offsets of fields in the file, for authenticode.c. */
	uint64_t checksum_at;
	uint64_t certificate_entry_at; /* in the data directories; 0: not there */
	uint32_t size_of_headers;      /* bytes in the file */
	uint32_t certificates_size;    /* bytes of the certificate table */
	unsigned faults;               /* enum pe_fault */

	struct pe_section *sections; /* in the order of the table; from malloc() */
	size_t n_sections;

	struct pe_certificate *certificates; /* from malloc() */
	size_t n_certificates;
	uint8_t *certificate_table; /* the bytes that they point to; from malloc() */
	struct error
		certificate_error; /* why the rest is unusable; code 0 if it is not */
};

/* Whether @source has the magic numbers "MZ" and, where that points, "PE\0\0". */
bool pe_probe(const struct source *source);

/*
 * -ENODATA if pe_probe() says no; -EBADMSG with words and offset if the headers cannot be
 * used; -E2BIG over LIMIT_PE_SECTIONS; the operating system's word. Everything else is a
 * fault in the result, also what is wrong with the certificate table.
 */
int pe_read(const struct source *source, struct pe *ret, struct error *error);
void pe_done(struct pe *pe);

/* systemd's name of the architecture, "x86-64"; NULL if it has none. */
const char *pe_architecture(const struct pe *pe);

/*
 * The contents of a section as a slice, without the zeros that follow in memory.
 * -EBADMSG if they are cut off.
 */
int pe_section_open(struct source *source, const struct pe_section *section,
		    struct source **ret, struct error *error);
