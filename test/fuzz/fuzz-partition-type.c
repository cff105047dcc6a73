/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "formats/partition-type.h"
#include "test/fuzz/fuzz.h"

static void touch_type(const struct partition_type *type)
{
	const struct partition_type *same;

	if (!type)
		return;
	fuzz_touch_string(type->name);
	fuzz_touch_string(type->architecture);
	if (!type->architecture)
		return;
	/* The table leads there and back. */
	same = partition_type_for(type->role, type->architecture);
	if (type->role != PARTITION_OTHER && same != type)
		abort();
}

/* An id as text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	struct uuid uuid, again;
	char formatted[37];

	if (!text)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = 0;
	if (!uuid_parse(text, &uuid)) {
		fuzz_answer(-EBADMSG, false);
		return 0;
	}
	fuzz_answer(0, false);
	uuid_format(&uuid, formatted);
	if (!uuid_parse(formatted, &again) || !uuid_equal(&uuid, &again))
		abort();
	(void)uuid_is_nil(&uuid);
	touch_type(partition_type_find(&uuid));
	return 0;
}
