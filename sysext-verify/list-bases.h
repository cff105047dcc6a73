/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* --list-bases: the profiles that are part of the program, and what they are of. */

#include <stdio.h>

#include "formats/core/error.h"

/* One line a profile. -ENOMEM; errors of profile_read(), which a good build has not. */
int list_bases(FILE *out, struct error *error);
