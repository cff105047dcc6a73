/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "test/lib/disk.h"

static const struct uuid disk_uuid = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}};

static int render(const struct gpt_plan_partition *plan, size_t n, uint64_t size,
		  uint8_t **ret, struct error *error)
{
	_cleanup_free_ uint8_t *head = NULL, *tail = NULL;
	uint8_t *image = calloc(1, size);
	size_t head_size, tail_size;
	int r = gpt_render(&disk_uuid, plan, n, &head, &head_size, &tail, &tail_size,
			   error);

	assert_non_null(image);
	if (r < 0) {
		free(image);
		return r;
	}
	assert_true(n == 0 || head_size <= plan[0].offset);
	assert_true(n == 0 || tail_size == size - plan[n - 1].offset - plan[n - 1].size);
	memcpy(image, head, head_size);
	memcpy(image + size - tail_size, tail, tail_size);
	*ret = image;
	return 0;
}

/* @n partitions of 1, 2, ... blocks come back as they were planned, and twice the same.
 */
static void check_round_trip(struct gpt_plan_partition *plan, size_t n)
{
	uint64_t size = gpt_layout(plan, n);
	_cleanup_free_ uint8_t *image = NULL, *again = NULL;
	struct error error = ERROR_INIT;
	struct gpt gpt;

	assert_int_equal(size % 4096, 0);
	test_ok(render(plan, n, size, &image, &error), &error);
	test_ok(render(plan, n, size, &again, &error), &error);
	assert_memory_equal(image, again, size);
	test_ok(disk_read_bytes(image, size, &gpt, &error), &error);
	assert_int_equal(gpt.faults, 0);
	assert_int_equal(gpt.sector_size, 512);
	assert_true(uuid_equal(&gpt.disk_uuid, &disk_uuid));
	assert_int_equal(gpt.n_partitions, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(plan[i].offset % 4096, 0);
		assert_int_equal(gpt.partitions[i].number, i + 1);
		assert_int_equal(gpt.partitions[i].offset, plan[i].offset);
		assert_int_equal(gpt.partitions[i].size, plan[i].size);
		assert_int_equal(gpt.partitions[i].attributes, plan[i].attributes);
		assert_int_equal(gpt.partitions[i].faults, 0);
		assert_string_equal(gpt.partitions[i].label, plan[i].label);
		assert_true(uuid_equal(&gpt.partitions[i].type, &plan[i].type));
		assert_true(uuid_equal(&gpt.partitions[i].uuid, &plan[i].uuid));
	}
	gpt_done(&gpt);
}

static void test_render_and_read(void **state)
{
	static const char *const labels[] = {
		"", "usr-x86-64_1.0",
		"\xe2\x82\xac\xc3\xa9 123456789012345678901234567890123"};
	struct gpt_plan_partition plan[129] = {0};
	struct error error = ERROR_INIT;
	uint8_t *image;

	for (size_t i = 0; i < ARRAY_SIZE(plan); i++) {
		plan[i] = (struct gpt_plan_partition){.label = labels[i % 3],
						      .size = 4096 * (i % 5 + 1),
						      .attributes = i << 48};
		memset(plan[i].type.bytes, (int)i + 1, 16);
		memset(plan[i].uuid.bytes, 255 - (int)i, 16);
	}
	check_round_trip(plan, 0);
	check_round_trip(plan, 1);
	check_round_trip(plan, 3);
	check_round_trip(plan, 128);
	assert_int_equal(plan[0].offset, 20480);
	assert_int_equal(render(plan, 129, gpt_layout(plan, 129), &image, &error),
			 -EINVAL);
	test_error(&error, -EINVAL, ERROR_NO_OFFSET, "129 partitions, at most 128 fit");
}

static void test_labels_that_do_not_fit(void **state)
{
	static const char *const labels[] = {"1234567890123456789012345678901234567",
					     "\xff", "\xf0\x9f\x98\x80"};

	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		struct gpt_plan_partition plan = {.label = labels[i], .size = 4096};
		struct error error = ERROR_INIT;
		uint8_t *image;

		assert_int_equal(render(&plan, 1, gpt_layout(&plan, 1), &image, &error),
				 -EINVAL);
		test_error(&error, -EINVAL, ERROR_NO_OFFSET, "is longer than 36 UTF-16");
	}
}

static void test_rendered_bytes_of_the_type(void **state)
{
	struct gpt_plan_partition plan = {.label = "root", .size = 4096};
	struct error error = ERROR_INIT;
	_cleanup_free_ uint8_t *image = NULL;

	plan.type = partition_type_for(PARTITION_ROOT, "x86-64")->uuid;
	test_ok(render(&plan, 1, gpt_layout(&plan, 1), &image, &error), &error);
	assert_memory_equal(image + 1024, disk_root_type, sizeof(disk_root_type));
	assert_int_equal(image[446 + 4], 0xee);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_render_and_read),
		cmocka_unit_test(test_labels_that_do_not_fit),
		cmocka_unit_test(test_rendered_bytes_of_the_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
