/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One target a reader. With libFuzzer (-Dfuzz=true) the library's main() drives it;
 * otherwise replay.c gives it each file of its corpus, which is an ordinary test.
 */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
