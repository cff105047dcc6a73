/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/partition-type.h"
#include "test/lib/test.h"

static const char *const architectures[] = {
	"alpha",   "arc",     "arm",       "arm64",  "ia64",   "loongarch64", "mips",
	"mips64",  "mips-le", "mips64-le", "parisc", "ppc",    "ppc64",       "ppc64-le",
	"riscv32", "riscv64", "s390",      "s390x",  "tilegx", "x86",         "x86-64"};

static struct uuid parse(const char *text)
{
	struct uuid uuid = {{0}};

	assert_true(uuid_parse(text, &uuid));
	return uuid;
}

/* From the Discoverable Partitions Specification, one of each role. */
static void test_known_types(void **state)
{
	static const struct {
		const char *uuid, *name, *architecture;
		enum partition_role role;
	} cases[] = {
		{"4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "root-x86-64", "x86-64",
		 PARTITION_ROOT},
		{"2c7357ed-ebd2-46d9-aec1-23d437ec2bf5", "root-x86-64-verity", "x86-64",
		 PARTITION_ROOT_VERITY},
		{"41092b05-9fc8-4523-994f-2def0408b176", "root-x86-64-verity-sig",
		 "x86-64", PARTITION_ROOT_VERITY_SIGNATURE},
		{"8484680c-9521-48c6-9c11-b0720656f69e", "usr-x86-64", "x86-64",
		 PARTITION_USR},
		{"77ff5f63-e7b6-4633-acf4-1565b864c0e6", "usr-x86-64-verity", "x86-64",
		 PARTITION_USR_VERITY},
		{"e7bb33fb-06cf-4e81-8273-e543b413e2e2", "usr-x86-64-verity-sig",
		 "x86-64", PARTITION_USR_VERITY_SIGNATURE},
		{"b921b045-1df0-41c3-af44-4c6f280d3fae", "root-arm64", "arm64",
		 PARTITION_ROOT},
		{"0fc63daf-8483-4772-8e79-3d69d8477de4", "linux-generic", NULL,
		 PARTITION_GENERIC},
		{"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "esp", NULL, PARTITION_OTHER},
		{"933ac7e1-2eb4-4f13-b844-0e14e2aef915", "home", NULL, PARTITION_OTHER},
		{"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "swap", NULL, PARTITION_OTHER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct uuid uuid = parse(cases[i].uuid);
		const struct partition_type *type = partition_type_find(&uuid);

		assert_non_null(type);
		assert_string_equal(type->name, cases[i].name);
		assert_int_equal(type->role, cases[i].role);
		assert_true(uuid_equal(&type->uuid, &uuid));
		if (!cases[i].architecture) {
			assert_null(type->architecture);
			continue;
		}
		assert_string_equal(type->architecture, cases[i].architecture);
		assert_ptr_equal(partition_type_for(cases[i].role, cases[i].architecture),
				 type);
	}
}

/* Each architecture has six types, each of its own and found by its id. */
static void test_every_architecture(void **state)
{
	const struct partition_type *all[ARRAY_SIZE(architectures) * 6];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(architectures); i++)
		for (unsigned role = PARTITION_ROOT;
		     role <= PARTITION_USR_VERITY_SIGNATURE; role++) {
			const struct partition_type *type =
				partition_type_for(role, architectures[i]);

			assert_non_null(type);
			assert_int_equal(type->role, role);
			assert_string_equal(type->architecture, architectures[i]);
			assert_non_null(strstr(type->name, architectures[i]));
			assert_ptr_equal(partition_type_find(&type->uuid), type);
			for (size_t k = 0; k < n; k++) {
				assert_false(uuid_equal(&type->uuid, &all[k]->uuid));
				assert_string_not_equal(type->name, all[k]->name);
			}
			all[n++] = type;
		}
}

static void test_unknown_types(void **state)
{
	struct uuid uuid = parse("4f68bce3-e8cd-4db1-96e7-fbcaf984b708"), nil = {{0}};

	assert_null(partition_type_find(&uuid));
	assert_null(partition_type_find(&nil));
	assert_null(partition_type_for(PARTITION_ROOT, "z80"));
	assert_null(partition_type_for(PARTITION_ROOT, ""));
	assert_null(partition_type_for(PARTITION_ROOT, "x86-6"));
	assert_null(partition_type_for(PARTITION_GENERIC, "x86-64"));
}

static void test_uuid_text(void **state)
{
	static const char good[] = "00112233-4455-6677-8899-aabbccddeeff";
	struct uuid uuid = parse(good), upper;
	char text[37];

	for (uint8_t i = 0; i < 16; i++)
		assert_int_equal(uuid.bytes[i], i * 0x11);
	uuid_format(&uuid, text);
	assert_string_equal(text, good);
	upper = parse("00112233-4455-6677-8899-AABBCCDDEEFF");
	assert_true(uuid_equal(&uuid, &upper));
	upper.bytes[15] ^= 1;
	assert_false(uuid_equal(&uuid, &upper));
}

/* Each place of a good text takes a digit or a dash and nothing else. */
static void test_uuid_malformed(void **state)
{
	static const char good[] = "00112233-4455-6677-8899-aabbccddeeff";
	static const char *const bad[] = {"",
					  "0",
					  "00112233445566778899aabbccddeeff",
					  "{00112233-4455-6677-8899-aabbccddeeff}",
					  "00112233-4455-6677-8899-aabbccddeeff0",
					  "00112233-4455-6677-8899-aabbccddeef",
					  "0011223-34455-6677-8899-aabbccddeeff"};
	struct uuid uuid = {{7}};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(uuid_parse(bad[i], &uuid));
	for (size_t i = 0; i < 36; i++) {
		char text[37];

		memcpy(text, good, sizeof(text));
		text[i] = good[i] == '-' ? '0' : '-';
		assert_false(uuid_parse(text, &uuid));
		text[i] = 'g';
		assert_false(uuid_parse(text, &uuid));
		text[i] = 0;
		assert_false(uuid_parse(text, &uuid));
	}
	/* The result is written on success only. */
	assert_int_equal(uuid.bytes[0], 7);
}

static void test_nil(void **state)
{
	struct uuid uuid = {{0}};

	assert_true(uuid_is_nil(&uuid));
	for (size_t i = 0; i < 16; i++) {
		uuid.bytes[i] = 1;
		assert_false(uuid_is_nil(&uuid));
		uuid.bytes[i] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_types),
		cmocka_unit_test(test_every_architecture),
		cmocka_unit_test(test_unknown_types),
		cmocka_unit_test(test_uuid_text),
		cmocka_unit_test(test_uuid_malformed),
		cmocka_unit_test(test_nil),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
