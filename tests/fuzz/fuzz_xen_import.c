/* xen_import_text and xen_import_spec: any bytes as a config file, for both toolstacks. What comes
 * out is text that can be printed, our own reader takes it or says why not, and a secret of the
 * file is nowhere in it. */
#include "xenbackend/xen_import_spec.h"

#include <stdint.h>
#include <string.h>

#define SECRET "tell-nobody"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    g_assert(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c != '\0'; c++) {
        g_assert(*c == '\n' || !g_ascii_iscntrl(*c));
    }
    g_assert(strstr(text, SECRET) == NULL);
}

static void check_spec(ImportedDomain *domain)
{
    g_autoptr(GPtrArray) domains = g_ptr_array_new();
    g_autoptr(GString) notes = g_string_new(NULL);
    g_ptr_array_add(domains, domain);
    g_autoptr(ImportedSpec) spec = xen_import_spec(NULL, "lab", domains);
    imported_domain_format_notes(domain, notes);
    check_text(spec->text);
    check_text(notes->str);
    g_assert(spec->spec->domains->len <= 1);
    g_assert(!spec->is_whole || spec->spec->domains->len == 1);
}

static void check_dialect(const GString *text, XenDialect target)
{
    XenConfigTrouble trouble = {0};
    g_autoptr(ImportedDomain) domain =
        xen_import_text("f.cfg", text->str, text->len, target, &trouble);
    g_assert((domain == NULL) == (trouble.message != NULL));
    if (domain != NULL) {
        check_spec(domain);
    } else {
        g_assert(strstr(trouble.message, SECRET) == NULL);
        g_free(trouble.message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) text = g_string_new_len((const char *)data, (gssize)size);
    if (memmem(data, size, SECRET, strlen(SECRET)) != NULL) {
        return 0;
    }
    check_dialect(text, XEN_DIALECT_XL);
    g_string_append(text, "\nvncpasswd = '" SECRET "'\n");
    check_dialect(text, XEN_DIALECT_XL);
    check_dialect(text, XEN_DIALECT_XM);
    return 0;
}
