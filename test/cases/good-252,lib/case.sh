# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
mv base/usr/lib/systemd/libsystemd-shared-{257,252}.so
options=(--location=/usr/lib/extensions)
