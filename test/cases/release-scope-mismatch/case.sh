# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Without a scope.
release ID=test VERSION_ID=1 EXTENSION_RELOAD_MANAGER=1
