# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A hash tree of usr for a root partition.
hash_type=$type_usr_verity
