# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The hash tree was made for the first block only.
verity_options=--data-blocks=1
