# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A link that leads nowhere counts as none.
ln -sf nowhere base/etc/initrd-release
