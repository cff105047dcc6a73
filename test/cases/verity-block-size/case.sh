# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
verity_options='--data-block-size=8192 --hash-block-size=8192'
before_image() {
	truncate -s %8192 data
}
