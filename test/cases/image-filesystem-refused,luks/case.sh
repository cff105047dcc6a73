# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# An encrypted image needs a key.
image=bare
options=(--location=initrd)
after_image() {
	rm hello.raw
	truncate -s 20M hello.raw
	printf secret | cryptsetup luksFormat --batch-mode --pbkdf=pbkdf2 \
		--pbkdf-force-iterations=1000 hello.raw -
}
