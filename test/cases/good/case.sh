# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The base and the extension as they are.
