/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _printf_(4, 0) void error_fill(struct error *error, int code, uint64_t offset,
				      const char *format, va_list arguments)
{
	int length;

	if (!error)
		return;
	error->code = code;
	error->offset = offset;
	length = vsnprintf(error->message, sizeof(error->message), format, arguments);
	if (length >= (int)sizeof(error->message))
		memcpy(error->message + sizeof(error->message) - 4, "...", 4);
}

int error_set(struct error *error, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_fill(error, code, ERROR_NO_OFFSET, format, arguments);
	va_end(arguments);
	return code;
}

int error_set_at(struct error *error, int code, uint64_t offset, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_fill(error, code, offset, format, arguments);
	va_end(arguments);
	return code;
}

int error_bad(struct error *error, uint64_t offset, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	error_fill(error, -EBADMSG, offset, format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

int error_memory(struct error *error)
{
	return error_set(error, -ENOMEM, "out of memory");
}

int error_wrap(struct error *error, int code, const char *format, ...)
{
	char context[sizeof(error->message)];
	struct error inner;
	va_list arguments;

	if (!error)
		return code;
	va_start(arguments, format);
	(void)vsnprintf(context, sizeof(context), format, arguments);
	va_end(arguments);
	inner = *error;
	return error_set_at(error, inner.code ? inner.code : code, inner.offset, "%s: %s",
			    context, inner.message);
}

void error_shift(struct error *error, uint64_t delta)
{
	if (error && error->offset != ERROR_NO_OFFSET)
		error->offset += delta;
}

bool error_is_input(int code)
{
	return code == -EBADMSG || code == -EOPNOTSUPP || code == -E2BIG ||
	       code == -ENODATA;
}
