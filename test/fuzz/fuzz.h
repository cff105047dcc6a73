/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One target a reader. With libFuzzer (-Dfuzz=true) the library's main() drives it;
 * otherwise replay.c gives it each file of its corpus, which is an ordinary test.
 *
 * A target gives the bytes to its reader, touches all that came back, so that the
 * sanitizers see what points astray, and aborts where the reader breaks its contract.
 */

#include <stddef.h>
#include <stdint.h>

#include "formats/core/error.h"
#include "formats/core/source.h"
#include "formats/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A source over a copy of the bytes: an overread is then seen by the address sanitizer.
 */
struct source *fuzz_source(const uint8_t *data, size_t size);

/*
 * Sets the check sums of a primary partition table with sectors of 512 bytes right: no
 * mutation would get past them. Whether there was one.
 */
bool fuzz_mend_gpt(uint8_t *data, size_t size);

/* Reads every byte. */
void fuzz_touch(const void *data, size_t size);
/* The same up to the NUL; NULL is no string. */
void fuzz_touch_string(const char *string);
/* Reads the contents, of a big file only its first and its last part. */
void fuzz_touch_source(const struct source *source);

/*
 * Aborts unless a reader that returned @code filled @error as the error model says: words
 * where it failed, and no error of the operating system, for which no input can be
 * blamed.
 */
void fuzz_check(int code, const struct error *error);

/*
 * What the target's reader made of the input: its code, and whether there are faults that
 * it survived. Once for each input: the replay compares it with the name of the file.
 */
void fuzz_answer(int code, bool faults);
/* Gives that code, or -EBADMSG for faults, and forgets it. False if there was none. */
bool fuzz_take_answer(int *ret);

/*
 * Whether the answer was a fault, or an error that names an offset: that of the last
 * fuzz_check() before.
 */
bool fuzz_answer_has_place(void);

/* Wants and touches everything; aborts for a path that no reader may give. */
struct entry_visitor fuzz_visitor(void);
