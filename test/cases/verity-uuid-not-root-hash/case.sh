# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
data_uuid=00000000-0000-4000-8000-000000000001
