/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sysext-verify/report/json-parts.h"

#include "formats/core/strbuf.h"

json_t *json_text(const char *bytes)
{
	_cleanup_strbuf_ struct strbuf escaped = {0};

	if (!bytes)
		return json_null();
	strbuf_add_escaped(&escaped, bytes);
	return strbuf_ok(&escaped) ? json_string(strbuf_text(&escaped)) : NULL;
}

json_t *json_number(size_t value)
{
	return json_integer((json_int_t)value);
}

static int write_bytes(const char *buffer, size_t size, void *out)
{
	return fwrite(buffer, 1, size, out) == size ? 0 : -1;
}

void json_write(const json_t *json, FILE *out)
{
	(void)json_dump_callback(json, write_bytes, out, JSON_INDENT(2));
	fputc('\n', out);
}
