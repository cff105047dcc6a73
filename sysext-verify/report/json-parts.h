/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files that read or write JSON share of jansson; nobody else includes it. */

#include <jansson.h>
#include <stdio.h>

#include "sysext-verify/model/base.h"

/* The layout that sysext-verify(1) describes, of both report and baseline. */
#define JSON_SCHEMA 1

/* Bytes of the input need not be UTF-8, JSON must be. NULL becomes null. */
json_t *json_text(const char *bytes);

json_t *json_number(size_t value);

/* With a newline behind it. A failed write is seen by the caller with ferror(). */
void json_write(const json_t *json, FILE *out);

/* The object "base" of the report. */
json_t *json_base(const struct base *base);
