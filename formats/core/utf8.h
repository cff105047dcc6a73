/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* UTF-8 as RFC 3629 defines it: no surrogates, no overlong forms, at most U+10FFFF. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the sequence at @at, of which @left are there; 0 if it is not valid. */
size_t utf8_sequence_size(const uint8_t *at, size_t left);

/*
 * Whether the sequence is C1 control or a bidirectional override: it would fool a
 * terminal.
 */
bool utf8_is_control(const uint8_t *at, size_t size);

/* Whether all @size bytes are valid; @ret_at is the offset of the first that is not. */
bool utf8_valid(const uint8_t *data, size_t size, size_t *ret_at);
