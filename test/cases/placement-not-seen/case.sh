# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# FAT keeps the case of names, and systemd minds it.
name=hello.RAW
