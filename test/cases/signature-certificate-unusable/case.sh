# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# DER is not read.
openssl x509 -in other.crt -outform der -out base/usr/lib/verity.d/other.crt
