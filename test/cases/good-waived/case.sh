# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What is waived is told, and does not fail.
echo other >tree/usr/bin/base-tool
echo 'hidden-replaced	usr/bin/base-*  init?d 2999-12-31 the tool is replaced on purpose ' >waivers
options=(--waivers=waivers --fail-on=note)
