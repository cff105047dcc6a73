# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
name='a"b.raw'
mv tree/usr/lib/extension-release.d/extension-release.hello \
	'tree/usr/lib/extension-release.d/extension-release.a"b'
