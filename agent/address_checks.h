/* Checks of the texts that say where a source is: each returns NULL when the text is right, or what
 * was expected. */
#pragma once

#include <glib.h>

/* https://HOST[:PORT]/PATH: a file *.yaml, or a folder, whose address ends with a slash. */
const char *check_source_url(const char *text);
const char *check_pin(const char *text);   /* sha256//BASE64 */
const char *check_proxy(const char *text); /* http://HOST:PORT, https://HOST:PORT */
