/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <string.h>

#include "sysext-build/stages.h"

#define MAX_WORD_SIZE 32
#define MAX_DISTANCE  3

/*
 * Levenshtein's distance without regard to case; MAX_WORD_SIZE for what is too long to be
 * a slip.
 */
static unsigned distance(const char *a, const char *b)
{
	size_t a_size = strlen(a), b_size = strlen(b);
	unsigned row[MAX_WORD_SIZE + 1];

	if (a_size > MAX_WORD_SIZE || b_size > MAX_WORD_SIZE)
		return MAX_WORD_SIZE;
	for (size_t j = 0; j <= b_size; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a_size; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_size; j++) {
			bool equal = tolower((unsigned char)a[i - 1]) ==
				     tolower((unsigned char)b[j - 1]);
			unsigned replaced = diagonal + !equal;

			diagonal = row[j];
			row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_size];
}

const char *nearest_word(const char *word, const char *const *words, size_t n_words)
{
	const char *nearest = NULL;
	unsigned best = MAX_DISTANCE + 1;

	for (size_t i = 0; i < n_words; i++) {
		unsigned d = distance(word, words[i]);

		if (d < best && d < strlen(words[i])) {
			best = d;
			nearest = words[i];
		}
	}
	return nearest;
}
