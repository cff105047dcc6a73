/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the terminal can do. Colour is for terminals only and never where NO_COLOR is set.
 */

#include <stdbool.h>
#include <stdio.h>

bool term_has_color(FILE *out);

/* 80 where @out is no terminal. */
unsigned term_columns(FILE *out);

/*
 * "sysext-verify: MESSAGE" on standard error, with everything in @message that is not
 * plain text escaped.
 */
void term_print_error(const char *program, const char *message);

/* Writes out what standard output holds. False, after a message, if that failed. */
bool term_finish_output(const char *program);
