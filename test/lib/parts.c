/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test/lib/parts.h"

void parts_image_done(struct parts_image *image)
{
	free(image->data);
}

static const struct uuid generic = {{0x0f, 0xc6, 0x3d, 0xaf, 0x84, 0x83, 0x47, 0x72, 0x8e,
				     0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4}};

struct parts_image parts_image_make(const struct part *parts, size_t n)
{
	static const struct uuid disk = {{9}};
	struct gpt_plan_partition plan[8] = {0};
	_cleanup_free_ uint8_t *head = NULL, *tail = NULL;
	size_t head_size, tail_size;
	struct error error = ERROR_INIT;
	struct parts_image image;

	for (size_t i = 0; i < n; i++) {
		plan[i].type =
			parts[i].architecture
				? partition_type_for(parts[i].role, parts[i].architecture)
					  ->uuid
				: generic;
		plan[i].uuid.bytes[0] = (uint8_t)i;
		plan[i].label = parts[i].label ? parts[i].label : "";
		plan[i].attributes = parts[i].attributes;
		plan[i].size = parts[i].size ? parts[i].size : 4096;
	}
	image.size = gpt_layout(plan, n);
	image.data = calloc(1, image.size);
	assert_non_null(image.data);
	test_ok(gpt_render(&disk, plan, n, &head, &head_size, &tail, &tail_size, &error),
		&error);
	memcpy(image.data, head, head_size);
	memcpy(image.data + image.size - tail_size, tail, tail_size);
	for (size_t i = 0; i < n; i++)
		memcpy(image.data + plan[i].offset,
		       parts[i].size ? parts[i].content : "hsqs",
		       parts[i].size ? parts[i].size : 4);
	return image;
}
