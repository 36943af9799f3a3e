/* The password of a secret key. It is never an argument: those everybody can see. */
#pragma once

#include <glib.h>

/* The first line of a file; PATH "-": of standard input. */
char *password_read_file(const char *path, GError **error);
/* Asks for it on the terminal, without showing it; TWICE: a second time, and both must be the same.
 * Fails where there is no terminal. */
char *password_ask(const char *prompt, gboolean twice, GError **error);
/* Wipes it and frees it. NULL is fine. */
void password_free(char *password);
