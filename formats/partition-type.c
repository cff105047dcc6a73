/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/partition-type.h"

#include <stddef.h>
#include <string.h>

#include "formats/core/cleanup.h"
#include "formats/core/digest.h"

/* A GUID's 32 digits as its text has them, as bytes. */
#define UUID(a, b, c, d, e)                                                         \
	{                                                                           \
		{                                                                   \
			BYTE(a, 3), BYTE(a, 2), BYTE(a, 1), BYTE(a, 0), BYTE(b, 1), \
				BYTE(b, 0), BYTE(c, 1), BYTE(c, 0), BYTE(d, 1),     \
				BYTE(d, 0), BYTE(e, 5), BYTE(e, 4), BYTE(e, 3),     \
				BYTE(e, 2), BYTE(e, 1), BYTE(e, 0)                  \
		}                                                                   \
	}
#define BYTE(number, at) ((uint8_t)(UINT64_C(number) >> (8 * (at))))

/* clang-format off */
static const struct partition_type types[] = {
	{UUID(0x6523f8ae, 0x3eb1, 0x4e2a, 0xa05a, 0x18b695ae656f),
	 PARTITION_ROOT, "alpha", "root-alpha"},
	{UUID(0xfc56d9e9, 0xe6e5, 0x4c06, 0xbe32, 0xe74407ce09a5),
	 PARTITION_ROOT_VERITY, "alpha", "root-alpha-verity"},
	{UUID(0xd46495b7, 0xa053, 0x414f, 0x80f7, 0x700c99921ef8),
	 PARTITION_ROOT_VERITY_SIGNATURE, "alpha", "root-alpha-verity-sig"},
	{UUID(0xe18cf08c, 0x33ec, 0x4c0d, 0x8246, 0xc6c6fb3da024),
	 PARTITION_USR, "alpha", "usr-alpha"},
	{UUID(0x8cce0d25, 0xc0d0, 0x4a44, 0xbd87, 0x46331bf1df67),
	 PARTITION_USR_VERITY, "alpha", "usr-alpha-verity"},
	{UUID(0x5c6e1c76, 0x076a, 0x457a, 0xa0fe, 0xf3b4cd21ce6e),
	 PARTITION_USR_VERITY_SIGNATURE, "alpha", "usr-alpha-verity-sig"},
	{UUID(0xd27f46ed, 0x2919, 0x4cb8, 0xbd25, 0x9531f3c16534),
	 PARTITION_ROOT, "arc", "root-arc"},
	{UUID(0x24b2d975, 0x0f97, 0x4521, 0xafa1, 0xcd531e421b8d),
	 PARTITION_ROOT_VERITY, "arc", "root-arc-verity"},
	{UUID(0x143a70ba, 0xcbd3, 0x4f06, 0x919f, 0x6c05683a78bc),
	 PARTITION_ROOT_VERITY_SIGNATURE, "arc", "root-arc-verity-sig"},
	{UUID(0x7978a683, 0x6316, 0x4922, 0xbbee, 0x38bff5a2fecc),
	 PARTITION_USR, "arc", "usr-arc"},
	{UUID(0xfca0598c, 0xd880, 0x4591, 0x8c16, 0x4eda05c7347c),
	 PARTITION_USR_VERITY, "arc", "usr-arc-verity"},
	{UUID(0x94f9a9a1, 0x9971, 0x427a, 0xa400, 0x50cb297f0f35),
	 PARTITION_USR_VERITY_SIGNATURE, "arc", "usr-arc-verity-sig"},
	{UUID(0x69dad710, 0x2ce4, 0x4e3c, 0xb16c, 0x21a1d49abed3),
	 PARTITION_ROOT, "arm", "root-arm"},
	{UUID(0x7386cdf2, 0x203c, 0x47a9, 0xa498, 0xf2ecce45a2d6),
	 PARTITION_ROOT_VERITY, "arm", "root-arm-verity"},
	{UUID(0x42b0455f, 0xeb11, 0x491d, 0x98d3, 0x56145ba9d037),
	 PARTITION_ROOT_VERITY_SIGNATURE, "arm", "root-arm-verity-sig"},
	{UUID(0x7d0359a3, 0x02b3, 0x4f0a, 0x865c, 0x654403e70625),
	 PARTITION_USR, "arm", "usr-arm"},
	{UUID(0xc215d751, 0x7bcd, 0x4649, 0xbe90, 0x6627490a4c05),
	 PARTITION_USR_VERITY, "arm", "usr-arm-verity"},
	{UUID(0xd7ff812f, 0x37d1, 0x4902, 0xa810, 0xd76ba57b975a),
	 PARTITION_USR_VERITY_SIGNATURE, "arm", "usr-arm-verity-sig"},
	{UUID(0xb921b045, 0x1df0, 0x41c3, 0xaf44, 0x4c6f280d3fae),
	 PARTITION_ROOT, "arm64", "root-arm64"},
	{UUID(0xdf3300ce, 0xd69f, 0x4c92, 0x978c, 0x9bfb0f38d820),
	 PARTITION_ROOT_VERITY, "arm64", "root-arm64-verity"},
	{UUID(0x6db69de6, 0x29f4, 0x4758, 0xa7a5, 0x962190f00ce3),
	 PARTITION_ROOT_VERITY_SIGNATURE, "arm64", "root-arm64-verity-sig"},
	{UUID(0xb0e01050, 0xee5f, 0x4390, 0x949a, 0x9101b17104e9),
	 PARTITION_USR, "arm64", "usr-arm64"},
	{UUID(0x6e11a4e7, 0xfbca, 0x4ded, 0xb9e9, 0xe1a512bb664e),
	 PARTITION_USR_VERITY, "arm64", "usr-arm64-verity"},
	{UUID(0xc23ce4ff, 0x44bd, 0x4b00, 0xb2d4, 0xb41b3419e02a),
	 PARTITION_USR_VERITY_SIGNATURE, "arm64", "usr-arm64-verity-sig"},
	{UUID(0x993d8d3d, 0xf80e, 0x4225, 0x855a, 0x9daf8ed7ea97),
	 PARTITION_ROOT, "ia64", "root-ia64"},
	{UUID(0x86ed10d5, 0xb607, 0x45bb, 0x8957, 0xd350f23d0571),
	 PARTITION_ROOT_VERITY, "ia64", "root-ia64-verity"},
	{UUID(0xe98b36ee, 0x32ba, 0x4882, 0x9b12, 0x0ce14655f46a),
	 PARTITION_ROOT_VERITY_SIGNATURE, "ia64", "root-ia64-verity-sig"},
	{UUID(0x4301d2a6, 0x4e3b, 0x4b2a, 0xbb94, 0x9e0b2c4225ea),
	 PARTITION_USR, "ia64", "usr-ia64"},
	{UUID(0x6a491e03, 0x3be7, 0x4545, 0x8e38, 0x83320e0ea880),
	 PARTITION_USR_VERITY, "ia64", "usr-ia64-verity"},
	{UUID(0x8de58bc2, 0x2a43, 0x460d, 0xb14e, 0xa76e4a17b47f),
	 PARTITION_USR_VERITY_SIGNATURE, "ia64", "usr-ia64-verity-sig"},
	{UUID(0x77055800, 0x792c, 0x4f94, 0xb39a, 0x98c91b762bb6),
	 PARTITION_ROOT, "loongarch64", "root-loongarch64"},
	{UUID(0xf3393b22, 0xe9af, 0x4613, 0xa948, 0x9d3bfbd0c535),
	 PARTITION_ROOT_VERITY, "loongarch64", "root-loongarch64-verity"},
	{UUID(0x5afb67eb, 0xecc8, 0x4f85, 0xae8e, 0xac1e7c50e7d0),
	 PARTITION_ROOT_VERITY_SIGNATURE, "loongarch64", "root-loongarch64-verity-sig"},
	{UUID(0xe611c702, 0x575c, 0x4cbe, 0x9a46, 0x434fa0bf7e3f),
	 PARTITION_USR, "loongarch64", "usr-loongarch64"},
	{UUID(0xf46b2c26, 0x59ae, 0x48f0, 0x9106, 0xc50ed47f673d),
	 PARTITION_USR_VERITY, "loongarch64", "usr-loongarch64-verity"},
	{UUID(0xb024f315, 0xd330, 0x444c, 0x8461, 0x44bbde524e99),
	 PARTITION_USR_VERITY_SIGNATURE, "loongarch64", "usr-loongarch64-verity-sig"},
	{UUID(0xe9434544, 0x6e2c, 0x47cc, 0xbae2, 0x12d6deafb44c),
	 PARTITION_ROOT, "mips", "root-mips"},
	{UUID(0x7a430799, 0xf711, 0x4c7e, 0x8e5b, 0x1d685bd48607),
	 PARTITION_ROOT_VERITY, "mips", "root-mips-verity"},
	{UUID(0xbba210a2, 0x9c5d, 0x45ee, 0x9e87, 0xff2ccbd002d0),
	 PARTITION_ROOT_VERITY_SIGNATURE, "mips", "root-mips-verity-sig"},
	{UUID(0x773b2abc, 0x2a99, 0x4398, 0x8bf5, 0x03baac40d02b),
	 PARTITION_USR, "mips", "usr-mips"},
	{UUID(0x6e5a1bc8, 0xd223, 0x49b7, 0xbca8, 0x37a5fcceb996),
	 PARTITION_USR_VERITY, "mips", "usr-mips-verity"},
	{UUID(0x97ae158d, 0xf216, 0x497b, 0x8057, 0xf7f905770f54),
	 PARTITION_USR_VERITY_SIGNATURE, "mips", "usr-mips-verity-sig"},
	{UUID(0xd113af76, 0x80ef, 0x41b4, 0xbdb6, 0x0cff4d3d4a25),
	 PARTITION_ROOT, "mips64", "root-mips64"},
	{UUID(0x579536f8, 0x6a33, 0x4055, 0xa95a, 0xdf2d5e2c42a8),
	 PARTITION_ROOT_VERITY, "mips64", "root-mips64-verity"},
	{UUID(0x43ce94d4, 0x0f3d, 0x4999, 0x8250, 0xb9deafd98e6e),
	 PARTITION_ROOT_VERITY_SIGNATURE, "mips64", "root-mips64-verity-sig"},
	{UUID(0x57e13958, 0x7331, 0x4365, 0x8e6e, 0x35eeee17c61b),
	 PARTITION_USR, "mips64", "usr-mips64"},
	{UUID(0x81cf9d90, 0x7458, 0x4df4, 0x8dcf, 0xc8a3a404f09b),
	 PARTITION_USR_VERITY, "mips64", "usr-mips64-verity"},
	{UUID(0x05816ce2, 0xdd40, 0x4ac6, 0xa61d, 0x37d32dc1ba7d),
	 PARTITION_USR_VERITY_SIGNATURE, "mips64", "usr-mips64-verity-sig"},
	{UUID(0x37c58c8a, 0xd913, 0x4156, 0xa25f, 0x48b1b64e07f0),
	 PARTITION_ROOT, "mips-le", "root-mips-le"},
	{UUID(0xd7d150d2, 0x2a04, 0x4a33, 0x8f12, 0x16651205ff7b),
	 PARTITION_ROOT_VERITY, "mips-le", "root-mips-le-verity"},
	{UUID(0xc919cc1f, 0x4456, 0x4eff, 0x918c, 0xf75e94525ca5),
	 PARTITION_ROOT_VERITY_SIGNATURE, "mips-le", "root-mips-le-verity-sig"},
	{UUID(0x0f4868e9, 0x9952, 0x4706, 0x979f, 0x3ed3a473e947),
	 PARTITION_USR, "mips-le", "usr-mips-le"},
	{UUID(0x46b98d8d, 0xb55c, 0x4e8f, 0xaab3, 0x37fca7f80752),
	 PARTITION_USR_VERITY, "mips-le", "usr-mips-le-verity"},
	{UUID(0x3e23ca0b, 0xa4bc, 0x4b4e, 0x8087, 0x5ab6a26aa8a9),
	 PARTITION_USR_VERITY_SIGNATURE, "mips-le", "usr-mips-le-verity-sig"},
	{UUID(0x700bda43, 0x7a34, 0x4507, 0xb179, 0xeeb93d7a7ca3),
	 PARTITION_ROOT, "mips64-le", "root-mips64-le"},
	{UUID(0x16b417f8, 0x3e06, 0x4f57, 0x8dd2, 0x9b5232f41aa6),
	 PARTITION_ROOT_VERITY, "mips64-le", "root-mips64-le-verity"},
	{UUID(0x904e58ef, 0x5c65, 0x4a31, 0x9c57, 0x6af5fc7c5de7),
	 PARTITION_ROOT_VERITY_SIGNATURE, "mips64-le", "root-mips64-le-verity-sig"},
	{UUID(0xc97c1f32, 0xba06, 0x40b4, 0x9f22, 0x236061b08aa8),
	 PARTITION_USR, "mips64-le", "usr-mips64-le"},
	{UUID(0x3c3d61fe, 0xb5f3, 0x414d, 0xbb71, 0x8739a694a4ef),
	 PARTITION_USR_VERITY, "mips64-le", "usr-mips64-le-verity"},
	{UUID(0xf2c2c7ee, 0xadcc, 0x4351, 0xb5c6, 0xee9816b66e16),
	 PARTITION_USR_VERITY_SIGNATURE, "mips64-le", "usr-mips64-le-verity-sig"},
	{UUID(0x1aacdb3b, 0x5444, 0x4138, 0xbd9e, 0xe5c2239b2346),
	 PARTITION_ROOT, "parisc", "root-parisc"},
	{UUID(0xd212a430, 0xfbc5, 0x49f9, 0xa983, 0xa7feef2b8d0e),
	 PARTITION_ROOT_VERITY, "parisc", "root-parisc-verity"},
	{UUID(0x15de6170, 0x65d3, 0x431c, 0x916e, 0xb0dcd8393f25),
	 PARTITION_ROOT_VERITY_SIGNATURE, "parisc", "root-parisc-verity-sig"},
	{UUID(0xdc4a4480, 0x6917, 0x4262, 0xa4ec, 0xdb9384949f25),
	 PARTITION_USR, "parisc", "usr-parisc"},
	{UUID(0x5843d618, 0xec37, 0x48d7, 0x9f12, 0xcea8e08768b2),
	 PARTITION_USR_VERITY, "parisc", "usr-parisc-verity"},
	{UUID(0x450dd7d1, 0x3224, 0x45ec, 0x9cf2, 0xa43a346d71ee),
	 PARTITION_USR_VERITY_SIGNATURE, "parisc", "usr-parisc-verity-sig"},
	{UUID(0x1de3f1ef, 0xfa98, 0x47b5, 0x8dcd, 0x4a860a654d78),
	 PARTITION_ROOT, "ppc", "root-ppc"},
	{UUID(0x98cfe649, 0x1588, 0x46dc, 0xb2f0, 0xadd147424925),
	 PARTITION_ROOT_VERITY, "ppc", "root-ppc-verity"},
	{UUID(0x1b31b5aa, 0xadd9, 0x463a, 0xb2ed, 0xbd467fc857e7),
	 PARTITION_ROOT_VERITY_SIGNATURE, "ppc", "root-ppc-verity-sig"},
	{UUID(0x7d14fec5, 0xcc71, 0x415d, 0x9d6c, 0x06bf0b3c3eaf),
	 PARTITION_USR, "ppc", "usr-ppc"},
	{UUID(0xdf765d00, 0x270e, 0x49e5, 0xbc75, 0xf47bb2118b09),
	 PARTITION_USR_VERITY, "ppc", "usr-ppc-verity"},
	{UUID(0x7007891d, 0xd371, 0x4a80, 0x86a4, 0x5cb875b9302e),
	 PARTITION_USR_VERITY_SIGNATURE, "ppc", "usr-ppc-verity-sig"},
	{UUID(0x912ade1d, 0xa839, 0x4913, 0x8964, 0xa10eee08fbd2),
	 PARTITION_ROOT, "ppc64", "root-ppc64"},
	{UUID(0x9225a9a3, 0x3c19, 0x4d89, 0xb4f6, 0xeeff88f17631),
	 PARTITION_ROOT_VERITY, "ppc64", "root-ppc64-verity"},
	{UUID(0xf5e2c20c, 0x45b2, 0x4ffa, 0xbce9, 0x2a60737e1aaf),
	 PARTITION_ROOT_VERITY_SIGNATURE, "ppc64", "root-ppc64-verity-sig"},
	{UUID(0x2c9739e2, 0xf068, 0x46b3, 0x9fd0, 0x01c5a9afbcca),
	 PARTITION_USR, "ppc64", "usr-ppc64"},
	{UUID(0xbdb528a5, 0xa259, 0x475f, 0xa87d, 0xda53fa736a07),
	 PARTITION_USR_VERITY, "ppc64", "usr-ppc64-verity"},
	{UUID(0x0b888863, 0xd7f8, 0x4d9e, 0x9766, 0x239fce4d58af),
	 PARTITION_USR_VERITY_SIGNATURE, "ppc64", "usr-ppc64-verity-sig"},
	{UUID(0xc31c45e6, 0x3f39, 0x412e, 0x80fb, 0x4809c4980599),
	 PARTITION_ROOT, "ppc64-le", "root-ppc64-le"},
	{UUID(0x906bd944, 0x4589, 0x4aae, 0xa4e4, 0xdd983917446a),
	 PARTITION_ROOT_VERITY, "ppc64-le", "root-ppc64-le-verity"},
	{UUID(0xd4a236e7, 0xe873, 0x4c07, 0xbf1d, 0xbf6cf7f1c3c6),
	 PARTITION_ROOT_VERITY_SIGNATURE, "ppc64-le", "root-ppc64-le-verity-sig"},
	{UUID(0x15bb03af, 0x77e7, 0x4d4a, 0xb12b, 0xc0d084f7491c),
	 PARTITION_USR, "ppc64-le", "usr-ppc64-le"},
	{UUID(0xee2b9983, 0x21e8, 0x4153, 0x86d9, 0xb6901a54d1ce),
	 PARTITION_USR_VERITY, "ppc64-le", "usr-ppc64-le-verity"},
	{UUID(0xc8bfbd1e, 0x268e, 0x4521, 0x8bba, 0xbf314c399557),
	 PARTITION_USR_VERITY_SIGNATURE, "ppc64-le", "usr-ppc64-le-verity-sig"},
	{UUID(0x60d5a7fe, 0x8e7d, 0x435c, 0xb714, 0x3dd8162144e1),
	 PARTITION_ROOT, "riscv32", "root-riscv32"},
	{UUID(0xae0253be, 0x1167, 0x4007, 0xac68, 0x43926c14c5de),
	 PARTITION_ROOT_VERITY, "riscv32", "root-riscv32-verity"},
	{UUID(0x3a112a75, 0x8729, 0x4380, 0xb4cf, 0x764d79934448),
	 PARTITION_ROOT_VERITY_SIGNATURE, "riscv32", "root-riscv32-verity-sig"},
	{UUID(0xb933fb22, 0x5c3f, 0x4f91, 0xaf90, 0xe2bb0fa50702),
	 PARTITION_USR, "riscv32", "usr-riscv32"},
	{UUID(0xcb1ee4e3, 0x8cd0, 0x4136, 0xa0a4, 0xaa61a32e8730),
	 PARTITION_USR_VERITY, "riscv32", "usr-riscv32-verity"},
	{UUID(0xc3836a13, 0x3137, 0x45ba, 0xb583, 0xb16c50fe5eb4),
	 PARTITION_USR_VERITY_SIGNATURE, "riscv32", "usr-riscv32-verity-sig"},
	{UUID(0x72ec70a6, 0xcf74, 0x40e6, 0xbd49, 0x4bda08e8f224),
	 PARTITION_ROOT, "riscv64", "root-riscv64"},
	{UUID(0xb6ed5582, 0x440b, 0x4209, 0xb8da, 0x5ff7c419ea3d),
	 PARTITION_ROOT_VERITY, "riscv64", "root-riscv64-verity"},
	{UUID(0xefe0f087, 0xea8d, 0x4469, 0x821a, 0x4c2a96a8386a),
	 PARTITION_ROOT_VERITY_SIGNATURE, "riscv64", "root-riscv64-verity-sig"},
	{UUID(0xbeaec34b, 0x8442, 0x439b, 0xa40b, 0x984381ed097d),
	 PARTITION_USR, "riscv64", "usr-riscv64"},
	{UUID(0x8f1056be, 0x9b05, 0x47c4, 0x81d6, 0xbe53128e5b54),
	 PARTITION_USR_VERITY, "riscv64", "usr-riscv64-verity"},
	{UUID(0xd2f9000a, 0x7a18, 0x453f, 0xb5cd, 0x4d32f77a7b32),
	 PARTITION_USR_VERITY_SIGNATURE, "riscv64", "usr-riscv64-verity-sig"},
	{UUID(0x08a7acea, 0x624c, 0x4a20, 0x91e8, 0x6e0fa67d23f9),
	 PARTITION_ROOT, "s390", "root-s390"},
	{UUID(0x7ac63b47, 0xb25c, 0x463b, 0x8df8, 0xb4a94e6c90e1),
	 PARTITION_ROOT_VERITY, "s390", "root-s390-verity"},
	{UUID(0x3482388e, 0x4254, 0x435a, 0xa241, 0x766a065f9960),
	 PARTITION_ROOT_VERITY_SIGNATURE, "s390", "root-s390-verity-sig"},
	{UUID(0xcd0f869b, 0xd0fb, 0x4ca0, 0xb141, 0x9ea87cc78d66),
	 PARTITION_USR, "s390", "usr-s390"},
	{UUID(0xb663c618, 0xe7bc, 0x4d6d, 0x90aa, 0x11b756bb1797),
	 PARTITION_USR_VERITY, "s390", "usr-s390-verity"},
	{UUID(0x17440e4f, 0xa8d0, 0x467f, 0xa46e, 0x3912ae6ef2c5),
	 PARTITION_USR_VERITY_SIGNATURE, "s390", "usr-s390-verity-sig"},
	{UUID(0x5eead9a9, 0xfe09, 0x4a1e, 0xa1d7, 0x520d00531306),
	 PARTITION_ROOT, "s390x", "root-s390x"},
	{UUID(0xb325bfbe, 0xc7be, 0x4ab8, 0x8357, 0x139e652d2f6b),
	 PARTITION_ROOT_VERITY, "s390x", "root-s390x-verity"},
	{UUID(0xc80187a5, 0x73a3, 0x491a, 0x901a, 0x017c3fa953e9),
	 PARTITION_ROOT_VERITY_SIGNATURE, "s390x", "root-s390x-verity-sig"},
	{UUID(0x8a4f5770, 0x50aa, 0x4ed3, 0x874a, 0x99b710db6fea),
	 PARTITION_USR, "s390x", "usr-s390x"},
	{UUID(0x31741cc4, 0x1a2a, 0x4111, 0xa581, 0xe00b447d2d06),
	 PARTITION_USR_VERITY, "s390x", "usr-s390x-verity"},
	{UUID(0x3f324816, 0x667b, 0x46ae, 0x86ee, 0x9b0c0c6c11b4),
	 PARTITION_USR_VERITY_SIGNATURE, "s390x", "usr-s390x-verity-sig"},
	{UUID(0xc50cdd70, 0x3862, 0x4cc3, 0x90e1, 0x809a8c93ee2c),
	 PARTITION_ROOT, "tilegx", "root-tilegx"},
	{UUID(0x966061ec, 0x28e4, 0x4b2e, 0xb4a5, 0x1f0a825a1d84),
	 PARTITION_ROOT_VERITY, "tilegx", "root-tilegx-verity"},
	{UUID(0xb3671439, 0x97b0, 0x4a53, 0x90f7, 0x2d5a8f3ad47b),
	 PARTITION_ROOT_VERITY_SIGNATURE, "tilegx", "root-tilegx-verity-sig"},
	{UUID(0x55497029, 0xc7c1, 0x44cc, 0xaa39, 0x815ed1558630),
	 PARTITION_USR, "tilegx", "usr-tilegx"},
	{UUID(0x2fb4bf56, 0x07fa, 0x42da, 0x8132, 0x6b139f2026ae),
	 PARTITION_USR_VERITY, "tilegx", "usr-tilegx-verity"},
	{UUID(0x4ede75e2, 0x6ccc, 0x4cc8, 0xb9c7, 0x70334b087510),
	 PARTITION_USR_VERITY_SIGNATURE, "tilegx", "usr-tilegx-verity-sig"},
	{UUID(0x44479540, 0xf297, 0x41b2, 0x9af7, 0xd131d5f0458a),
	 PARTITION_ROOT, "x86", "root-x86"},
	{UUID(0xd13c5d3b, 0xb5d1, 0x422a, 0xb29f, 0x9454fdc89d76),
	 PARTITION_ROOT_VERITY, "x86", "root-x86-verity"},
	{UUID(0x5996fc05, 0x109c, 0x48de, 0x808b, 0x23fa0830b676),
	 PARTITION_ROOT_VERITY_SIGNATURE, "x86", "root-x86-verity-sig"},
	{UUID(0x75250d76, 0x8cc6, 0x458e, 0xbd66, 0xbd47cc81a812),
	 PARTITION_USR, "x86", "usr-x86"},
	{UUID(0x8f461b0d, 0x14ee, 0x4e81, 0x9aa9, 0x049b6fb97abd),
	 PARTITION_USR_VERITY, "x86", "usr-x86-verity"},
	{UUID(0x974a71c0, 0xde41, 0x43c3, 0xbe5d, 0x5c5ccd1ad2c0),
	 PARTITION_USR_VERITY_SIGNATURE, "x86", "usr-x86-verity-sig"},
	{UUID(0x4f68bce3, 0xe8cd, 0x4db1, 0x96e7, 0xfbcaf984b709),
	 PARTITION_ROOT, "x86-64", "root-x86-64"},
	{UUID(0x2c7357ed, 0xebd2, 0x46d9, 0xaec1, 0x23d437ec2bf5),
	 PARTITION_ROOT_VERITY, "x86-64", "root-x86-64-verity"},
	{UUID(0x41092b05, 0x9fc8, 0x4523, 0x994f, 0x2def0408b176),
	 PARTITION_ROOT_VERITY_SIGNATURE, "x86-64", "root-x86-64-verity-sig"},
	{UUID(0x8484680c, 0x9521, 0x48c6, 0x9c11, 0xb0720656f69e),
	 PARTITION_USR, "x86-64", "usr-x86-64"},
	{UUID(0x77ff5f63, 0xe7b6, 0x4633, 0xacf4, 0x1565b864c0e6),
	 PARTITION_USR_VERITY, "x86-64", "usr-x86-64-verity"},
	{UUID(0xe7bb33fb, 0x06cf, 0x4e81, 0x8273, 0xe543b413e2e2),
	 PARTITION_USR_VERITY_SIGNATURE, "x86-64", "usr-x86-64-verity-sig"},
	{UUID(0x0fc63daf, 0x8483, 0x4772, 0x8e79, 0x3d69d8477de4),
	 PARTITION_GENERIC, NULL, "linux-generic"},
	{UUID(0x933ac7e1, 0x2eb4, 0x4f13, 0xb844, 0x0e14e2aef915),
	 PARTITION_OTHER, NULL, "home"},
	{UUID(0x3b8f8425, 0x20e0, 0x4f3b, 0x907f, 0x1a25a76f98e8),
	 PARTITION_OTHER, NULL, "srv"},
	{UUID(0xc12a7328, 0xf81f, 0x11d2, 0xba4b, 0x00a0c93ec93b),
	 PARTITION_OTHER, NULL, "esp"},
	{UUID(0xbc13c2ff, 0x59e6, 0x4262, 0xa352, 0xb275fd6f7172),
	 PARTITION_OTHER, NULL, "xbootldr"},
	{UUID(0x0657fd6d, 0xa4ab, 0x43c4, 0x84e5, 0x0933c84b4f4f),
	 PARTITION_OTHER, NULL, "swap"},
	{UUID(0x7ec6f557, 0x3bc5, 0x4aca, 0xb293, 0x16ef5df639d1),
	 PARTITION_OTHER, NULL, "tmp"},
	{UUID(0x4d21b016, 0xb534, 0x45c2, 0xa9fb, 0x5c16e091fd2d),
	 PARTITION_OTHER, NULL, "var"},
	{UUID(0x773f91ef, 0x66d4, 0x49b5, 0xbd83, 0xd683bf40ad16),
	 PARTITION_OTHER, NULL, "user-home"},
};
/* clang-format on */

const struct partition_type *partition_type_find(const struct uuid *uuid)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (uuid_equal(&types[i].uuid, uuid))
			return &types[i];
	return NULL;
}

const struct partition_type *partition_type_for(enum partition_role role,
						const char *architecture)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].role == role && types[i].architecture &&
		    strcmp(types[i].architecture, architecture) == 0)
			return &types[i];
	return NULL;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool uuid_is_nil(const struct uuid *uuid)
{
	static const struct uuid nil = {{0}};

	return uuid_equal(uuid, &nil);
}

/* Where the text has dashes: before these digits. */
static const size_t groups[] = {0, 8, 12, 16, 20, 32};

void uuid_format(const struct uuid *uuid, char ret[37])
{
	char digits[33];

	hex_encode(uuid->bytes, sizeof(uuid->bytes), digits);
	for (size_t i = 0; i + 1 < ARRAY_SIZE(groups); i++) {
		if (i > 0)
			*ret++ = '-';
		memcpy(ret, digits + groups[i], groups[i + 1] - groups[i]);
		ret += groups[i + 1] - groups[i];
	}
	*ret = 0;
}

bool uuid_parse(const char *text, struct uuid *ret)
{
	char digits[33];
	struct uuid uuid;

	if (strlen(text) != 36)
		return false;
	for (size_t i = 0; i + 1 < ARRAY_SIZE(groups); i++) {
		if (i > 0 && *text++ != '-')
			return false;
		memcpy(digits + groups[i], text, groups[i + 1] - groups[i]);
		text += groups[i + 1] - groups[i];
	}
	digits[32] = 0;
	if (!hex_decode(digits, uuid.bytes, sizeof(uuid.bytes)))
		return false;
	*ret = uuid;
	return true;
}
