# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The type is that of arm64.
data_type=b921b045-1df0-41c3-af44-4c6f280d3fae
