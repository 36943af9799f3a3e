/* json_lines_read: any bytes; what is read are objects, and they are read again as they are. */
#include "agent/json_lines.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *lines = json_lines_read((const char *)data, size);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *line;
    json_array_foreach(lines, index, line)
    {
        gsize before = text->len;
        g_assert(json_is_object(line));
        json_lines_append(json_incref(line), text);
        g_assert(strchr(text->str + before, '\n') == text->str + text->len - 1);
    }
    json_t *again = json_lines_read(text->str, text->len);
    g_assert(json_array_size(again) == json_array_size(lines));
    json_decref(again);
    json_decref(lines);
    return 0;
}
