/* Logs of one JSON object a line, as jq reads them. What does not fit is passed over: a line may
 * have been cut off when the host went down. */
#pragma once

#include <glib.h>
#include <jansson.h>

/* The objects of a text, in its order: a new array. */
json_t *json_lines_read(const char *text, gsize length);
/* Appends an object as one line (takes it over). */
void json_lines_append(json_t *object, GString *out);
