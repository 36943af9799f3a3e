/* sxp_parse: any bytes; what is read is printed anew, and read as the same. */
#include "xenbackend/sxp.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(const Sxp *sxp, SxpNode node, guint depth, GString *out)
{
    g_assert(depth <= SXP_DEPTH_MAX);
    for (; node != 0; node = sxp_next(sxp, node)) {
        const char *atom = sxp_atom(sxp, node);
        if (atom == NULL) {
            g_string_append_c(out, '(');
            print(sxp, sxp_child(sxp, node), depth + 1, out);
            g_string_append_c(out, ')');
            continue;
        }
        g_assert(sxp_child(sxp, node) == 0);
        g_string_append_c(out, '\'');
        for (; *atom != '\0'; atom++) {
            g_string_append_printf(out, "\\x%02x", (guchar)*atom);
        }
        g_string_append(out, "' ");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *trouble = NULL;
    g_autoptr(Sxp) sxp = sxp_parse((const char *)data, size, &trouble);
    g_assert((sxp == NULL) == (trouble != NULL));
    g_assert(trouble == NULL || strchr(trouble, '\n') == NULL);
    if (sxp == NULL) {
        return 0;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    print(sxp, sxp_first(sxp), 0, text);
    g_autoptr(Sxp) again = sxp_parse(text->str, text->len, NULL);
    g_assert(again != NULL);
    g_autoptr(GString) same = g_string_new(NULL);
    print(again, sxp_first(again), 0, same);
    g_assert(strcmp(text->str, same->str) == 0);
    return 0;
}
