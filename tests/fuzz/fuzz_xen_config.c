/* Bytes, cut at NUL, become the texts of a domain; what spec/ takes of them must be written, and
 * Xen must read it back as the same. */
#include "tests/unit/spec_from_text.h"
#include "tests/unit/xen_oracle.h"
#include "xenbackend/xen_config.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One text each, in this order; the rest of the domain is fixed. */
static const char *const pieces[] = {
    "xensure: 1\nfleet: fuzz\ndomains:\n  d:\n    type: pv\n    memory: 64\n    kernel: ",
    "\n    cmdline: ",
    "\n    cpus: ",
    "\n    bootloader: ",
    "\n    disks:\n      - {vdev: xvda, path: ",
    ", script: ",
    "}\n    vifs:\n      - {bridge: ",
    ", ip: ",
    ", model: ",
    "}\n    xen:\n      zz: ",
    "\n      list: [",
};

static const char *const plain_texts[G_N_ELEMENTS(pieces)] = {
    "/k", "c", "all", "pygrub", "/p", "block", "br0", "10.0.0.5", "e1000", "z", "item",
};

static void append_texts(const uint8_t *data, size_t size, GString *yaml)
{
    const char *at = (const char *)data;
    const char *end = at + size;
    for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
        const char *nul = at < end ? memchr(at, '\0', (gsize)(end - at)) : NULL;
        const char *stop = nul != NULL ? nul : end;
        g_autofree char *text = g_strndup(at, (gsize)(stop - at));
        g_string_append(yaml, pieces[i]);
        yaml_quote(text[0] != '\0' ? text : plain_texts[i], yaml);
        at = nul != NULL ? nul + 1 : end;
    }
    g_string_append(yaml, "]\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) yaml = g_string_new(NULL);
    g_autoptr(Problems) problems = problems_new();
    append_texts(data, size, yaml);
    g_autoptr(Spec) spec = spec_from_text("fuzz", yaml->str, yaml->len, problems);
    if (problems_count_errors(problems) > 0) {
        return 0;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) why = g_string_new(NULL);
    const Domain *domain = spec_find(spec, "d");
    if (!xen_config_write(&xl_dialect, domain, domain->uuid, text, &error)) {
        g_error("spec/ takes what cannot be written: %s", error->message);
    }
    if (!xen_oracle_agrees(domain, domain->uuid, text->str, why)) {
        g_error("%s", why->str);
    }
    return 0;
}
