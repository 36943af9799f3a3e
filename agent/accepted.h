/* What --accept-generation says: N, or SOURCE=N where there are several sources; it may repeat. */
#pragma once

#include <glib.h>

typedef enum {
    ACCEPTED_NOT,
    ACCEPTED_BY_NUMBER, /* by a word that names no source */
    ACCEPTED_BY_NAME
} Accepted;

/* Is it such a word? */
gboolean accepted_is_word(const char *word);
/* What WORDS (NULL-terminated; NULL: none) say of this generation of a source. */
Accepted accepted_find(char *const *words, const char *source, gint64 generation);
/* Has one of them this number, whatever it names? */
gboolean accepted_has_number(char *const *words, gint64 generation);
/* Is the word for all sources, or for this one: by its name, or by what follows the kind in it? */
gboolean accepted_fits(const char *word, const char *source);
/* The word for this generation of a source, as a shell takes it; to be freed. */
char *accepted_make_word(const char *source, gint64 generation);
