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

/* Of a refusal, which is escaped where it is shown. */
static void check_message(const char *message)
{
    g_assert(strstr(message, SECRET) == NULL);
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
        g_autofree char *line = xen_import_line(text->str, text->len, trouble.line);
        check_message(trouble.message);
        if (line != NULL) {
            check_text(line);
        }
        g_free(trouble.message);
    }
}

/* Where people put secrets. */
static const char secrets[] =
    "\nvncpasswd = '" SECRET "'\n"
    "spiceticket = '" SECRET "'\n"
    "serial = 'tcp:192.0.2.1:5555,password=" SECRET "'\n"
    "usbdevice = 'disk:PASSWORD=" SECRET "'\n"
    "device_model_args = [ '-object', 'secret,id=sec0,data=" SECRET "', '" SECRET "' ]\n"
    "device_model_args_hvm = [ '-spice', 'password', '" SECRET "' ]\n"
    "unknown_list = [ 'Ticket', '" SECRET "' ]\n"
    "unknown_text = 'passwd " SECRET "'\n"
    "memory = 'password " SECRET "'\n"
    "on_crash = 'secret=" SECRET "'\n"
    "type = 'secret " SECRET "'\n"
    "builder = 'secret " SECRET "'\n"
    "vncviewer = 'password=" SECRET "'\n"
    "cmdline = 'root=/dev/xvda cifs.password=" SECRET "'\n"
    "vfb = [ 'vnc=1,vncpasswd=" SECRET "', 'vnc=1,keymap=secret:" SECRET "' ]\n"
    "vif = [ 'bridge=br0,password=" SECRET "', 'Secret=" SECRET ",mac=secret:" SECRET "' ]\n"
    "disk = [ '/dev/a,raw,xvda,w', '/b,raw,xvdb,w,password=" SECRET "',\n"
    "  'format=raw,vdev=xvdc,access=w,script=block-rbd,target=rbd:x:password=" SECRET "' ]\n";

/* Each line by itself (some toolstack refuses what others stand on), and all of them. */
static void check_secrets(const uint8_t *data, size_t size)
{
    g_auto(GStrv) lines = g_strsplit(secrets, "]\n", -1);
    for (guint i = 0; i <= g_strv_length(lines); i++) {
        g_autoptr(GString) text = g_string_new_len((const char *)data, (gssize)size);
        g_string_append_c(text, '\n');
        g_string_append(text, lines[i] != NULL ? lines[i] : secrets);
        g_string_append(text, lines[i] != NULL && lines[i + 1] != NULL ? "]\n" : "");
        check_dialect(text, XEN_DIALECT_XL);
        check_dialect(text, XEN_DIALECT_XM);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) text = g_string_new_len((const char *)data, (gssize)size);
    if (memmem(data, size, SECRET, strlen(SECRET)) != NULL) {
        return 0;
    }
    check_dialect(text, XEN_DIALECT_XL);
    check_secrets(data, size);
    return 0;
}
