/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An earlier report in JSON (schema 1) whose findings are known: only new ones fail.
 *
 * Two findings are the same if check, file name of the image, path and detail are, and
 * both are unknown or none is. A detail that has changed is new: what it says now has
 * been seen by nobody.
 */

#include "sysext-verify/report/report.h"

/*
 * Marks the findings of @report that the report in the file @path has, too. -EBADMSG with
 * line and column for a file that is no such report; -E2BIG over LIMIT_REPORT; -ENOMEM
 * and the operating system's word.
 */
int baseline_apply(const char *path, struct report *report, struct error *error);
