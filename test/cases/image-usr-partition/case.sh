# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
data_type=$type_usr
hash_type=$type_usr_verity
signature_type=$type_usr_signature
packed=tree/usr
