#include "agent/json_lines.h"

#include <stdlib.h>
#include <string.h>

json_t *json_lines_read(const char *text, gsize length)
{
    json_t *array = json_array();
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (gsize)(end - text));
        const char *line_end = newline != NULL ? newline : end;
        json_t *line = json_loadb(text, (gsize)(line_end - text), JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(line)) {
            json_array_append(array, line);
        }
        json_decref(line);
        text = newline != NULL ? newline + 1 : end;
    }
    return array;
}

void json_lines_append(json_t *object, GString *out)
{
    char *line = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(object);
    g_string_append_printf(out, "%s\n", line);
    free(line);
}
