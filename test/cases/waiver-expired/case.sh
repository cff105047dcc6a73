# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
echo other >tree/usr/bin/base-tool
echo 'hidden-replaced usr/bin/* * 2020-02-29 only for a while' >waivers
options=(--waivers=waivers --fail-on=warning)
